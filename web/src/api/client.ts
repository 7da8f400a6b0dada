// The server's address and its answers. Everything is relative to the page, so that the dashboard
// works below any base path.

import type { Health, Metrics, ModelCard, Problem } from "./types";

export function address(path: string): string {
  return new URL(path, document.baseURI.replace(/[?#].*$/, "")).href;
}

export class ProblemError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? `The server answered with status ${status}.`);
  }
}

// `body`: as it came; null where it is no problem of RFC 9457, such as a proxy's page.
export function parseProblem(body: string): Problem | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && "detail" in value) return value as Problem;
  } catch {
    // Not JSON.
  }
  return null;
}

const suspicions = new EventTarget();

// `listener` is called whenever one may have to log in (again).
export function onSuspectedLogout(listener: () => void): void {
  suspicions.addEventListener("logout", listener);
}

export function suspectLogout(): void {
  suspicions.dispatchEvent(new Event("logout"));
}

export function noteStatus(status: number): void {
  if (status === 401) suspectLogout();
}

// Of an answer that is no success.
export async function problemOf(answer: Response): Promise<ProblemError> {
  noteStatus(answer.status);
  return new ProblemError(answer.status, parseProblem(await answer.text()));
}

// Rejects with a ProblemError where the server refuses, a TypeError where nobody answers.
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(address(path), {
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: signal ?? null,
  });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as T;
}

export const getHealth = (signal?: AbortSignal) => getJson<Health>("health", signal);
export const getModel = (signal?: AbortSignal) => getJson<ModelCard>("model", signal);
export const getMetrics = (signal?: AbortSignal) => getJson<Metrics>("metrics", signal);
