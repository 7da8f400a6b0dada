// What clinicians said of a prediction, and what one is saying now.

import type { Label, LabelValue } from "../api/history";

export type Class = "normal" | "abnormal";

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

// Confirm first: it is what is wanted most.
export function choicesFor(predicted: Class): Choice[] {
  const other = predicted === "normal" ? "abnormal" : "normal";
  return [
    { value: predicted, words: "Confirm", detail: `It sounds ${predicted}` },
    { value: other, words: "Correct", detail: `It sounds ${other}` },
    { value: "unsure", words: "Unsure", detail: "I cannot say" },
  ];
}

export function describeLabel(label: LabelValue, predicted: Class): string {
  if (label === "unsure") return "Unsure";
  return label === predicted ? `Confirmed as ${label}` : `Corrected to ${label}`;
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
