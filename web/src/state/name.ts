// Who is at work here. Until there are accounts: what was typed last.

const NAME_KEY = "heartbeat-name";

// A browser may have no storage for us.
export function rememberedName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    return "";
  }
}

export function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Then it is typed again.
  }
}
