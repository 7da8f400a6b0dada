// Whether one may work with the server, or has to log in first.

import { useSyncExternalStore } from "react";
import { getSession, letsIn, logIn, logOut, type Session, type SessionKey } from "../api/access";
import { onSuspectedLogout } from "../api/client";

export type Access =
  | { kind: "asking" }
  | { kind: "in"; key: SessionKey | null } // null: nobody has to log in
  | { kind: "out"; hasEnded: boolean }; // whether one was in before

let state: Access = { kind: "asking" };
const listeners = new Set<() => void>();

function become(next: Access): void {
  state = next;
  for (const listener of listeners) listener();
}

function take(session: Session): void {
  if (letsIn(session)) become({ kind: "in", key: session.key });
  else become({ kind: "out", hasEnded: state.kind === "in" });
}

// A server that cannot be reached says nothing of who may; the views say that it cannot.
getSession().then(take, () => become({ kind: "in", key: null }));

// What was refused may have been asked for long ago: the server knows how it is now.
onSuspectedLogout(() => {
  if (state.kind === "in") getSession().then(take, () => {});
});

export async function enter(key: string): Promise<void> {
  take(await logIn(key));
}

// The page begins anew, so that nothing of what was looked at stays in this tab.
export async function leave(): Promise<void> {
  await logOut();
  location.reload();
}

export function currentKey(): SessionKey | null {
  return state.kind === "in" ? state.key : null;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useAccess(): Access {
  return useSyncExternalStore(subscribe, () => state);
}
