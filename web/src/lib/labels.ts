// What clinicians said of a prediction, and what one is saying now.

import type { Label, LabelValue } from "../api/history";
import type { Verdict } from "../api/types";

export const LABEL_WORDS: Record<LabelValue, string> = {
  normal: "Normal",
  abnormal: "Abnormal",
  unsure: "Unsure",
};

export interface Choice {
  value: LabelValue;
  words: string;
  detail: string;
}

const UNSURE: Choice = { value: "unsure", words: "Unsure", detail: "I cannot say" };

// Confirm first: it is what is wanted most. A verdict that says neither is not confirmed or corrected.
export function choicesFor(verdict: Verdict): Choice[] {
  if (verdict !== "normal" && verdict !== "abnormal") {
    return [
      { value: "normal", words: LABEL_WORDS.normal, detail: "It sounds normal" },
      { value: "abnormal", words: LABEL_WORDS.abnormal, detail: "It sounds abnormal" },
      UNSURE,
    ];
  }
  const other = verdict === "normal" ? "abnormal" : "normal";
  return [
    { value: verdict, words: "Confirm", detail: `It sounds ${verdict}` },
    { value: other, words: "Correct", detail: `It sounds ${other}` },
    UNSURE,
  ];
}

export function describeLabel(label: LabelValue, verdict: Verdict): string {
  if (label === "unsure") return "Unsure";
  if (label === verdict) return `Confirmed as ${label}`;
  return verdict === "normal" || verdict === "abnormal"
    ? `Corrected to ${label}`
    : `Labelled ${label}`;
}

// `pending`: shown at once, and not yet on the server's disk.
export interface Trail {
  labels: readonly Label[]; // oldest first
  pending: Label | null;
  error: string | null;
}

export function trailOf(labels: readonly Label[]): Trail {
  return { labels, pending: null, error: null };
}

export function saving(trail: Trail, label: Label): Trail {
  return { ...trail, pending: label, error: null };
}

export function saved(trail: Trail, label: Label): Trail {
  return { labels: [...trail.labels, label], pending: null, error: null };
}

// It was not kept: it is not shown as if it were.
export function failed(trail: Trail, error: string): Trail {
  return { ...trail, pending: null, error };
}
