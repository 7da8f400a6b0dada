// Failures as sentences.

import { ProblemError } from "../api/client";

// As a sentence of its own: the server's details may begin small, and end without a full stop.
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

export type TroubleKind = "offline" | "absent" | "refused";

export interface Trouble {
  kind: TroubleKind; // absent: there is no such thing, or no history at all
  text: string;
}

export function troubleOf(failure: unknown): Trouble {
  if (!(failure instanceof ProblemError)) {
    return { kind: "offline", text: "The server cannot be reached." };
  }
  const kind = failure.status === 404 ? "absent" : "refused";
  // A proxy whose server is gone.
  const isGone = failure.problem === null && [502, 503, 504].includes(failure.status);
  return { kind: isGone ? "offline" : kind, text: sentence(failure.message) };
}
