// Whether the server answers and has a model, asked every few seconds while anybody looks.

import { useSyncExternalStore } from "react";
import { getHealth } from "../api/client";

export type ServerState = "unknown" | "ready" | "no-model" | "offline";

const EVERY_MS = 5000;
const PATIENCE_MS = 8000;

let state: ServerState = "unknown";
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

async function ask(): Promise<void> {
  clearTimeout(timer);
  let next: ServerState;
  try {
    const health = await getHealth(AbortSignal.timeout(PATIENCE_MS));
    next = health.model_loaded ? "ready" : "no-model";
  } catch {
    next = "offline";
  }
  if (next !== state) {
    state = next;
    for (const listener of listeners) listener();
  }
  clearTimeout(timer);
  if (listeners.size > 0) timer = setTimeout(askIfSeen, EVERY_MS);
}

function askIfSeen(): void {
  if (document.hidden) {
    timer = setTimeout(askIfSeen, EVERY_MS);
  } else {
    void ask();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) void ask();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

export function useServerState(): ServerState {
  return useSyncExternalStore(subscribe, () => state);
}
