// Who is at work here: what was typed last, else the name of the key.

import { currentKey } from "./access";

const NAME_KEY = "heartbeat-name";

// A browser may have no storage for us.
export function rememberedName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? currentKey()?.name ?? "";
  } catch {
    return currentKey()?.name ?? "";
  }
}

export function rememberName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Then it is typed again.
  }
}
