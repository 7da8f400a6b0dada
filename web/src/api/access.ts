// Who is logged in, where the server has keys.

import { address, getJson, problemOf } from "./client";

export type Scope = "predict" | "read" | "label" | "admin";

export interface SessionKey {
  id: string;
  name: string;
  scopes: Scope[];
  expires: string | null;
}

export interface Session {
  login_required: boolean;
  key: SessionKey | null;
}

export const getSession = (signal?: AbortSignal) => getJson<Session>("session", signal);

// Whether the server would do anything for this browser.
export function letsIn({ login_required, key }: Session): boolean {
  return !login_required || key !== null;
}

// The browser keeps the cookie, and no script ever has the key again.
export async function logIn(key: string): Promise<Session> {
  const answer = await fetch(address("login"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    cache: "no-store",
    body: JSON.stringify({ key }),
  });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Session;
}

export async function logOut(): Promise<void> {
  const answer = await fetch(address("logout"), { method: "POST", cache: "no-store" });
  if (!answer.ok) throw await problemOf(answer);
}
