// The order of the table of results.

import type { Item } from "./queue";

export type SortKey = "added" | "name" | "verdict" | "probability" | "duration";
export interface Order {
  key: SortKey;
  descending: boolean;
}

// What asks for attention first; those without an answer last.
const VERDICT_RANK = { abnormal: 0, uncertain: 1, poor_quality: 2, normal: 3 };
const FAILED_RANK = 4;
const OPEN_RANK = 5;

function rankOf(item: Item): number {
  if (item.prediction) return VERDICT_RANK[item.prediction.verdict];
  return item.state === "failed" ? FAILED_RANK : OPEN_RANK;
}

function compare(a: Item, b: Item, key: SortKey): number {
  switch (key) {
    case "name":
      return a.name.localeCompare(b.name, "en", { numeric: true });
    case "verdict":
      return rankOf(a) - rankOf(b);
    case "probability":
      return (a.prediction?.probability_abnormal ?? 0) - (b.prediction?.probability_abnormal ?? 0);
    case "duration":
      return (a.prediction?.recording.duration_s ?? 0) - (b.prediction?.recording.duration_s ?? 0);
    case "added":
      return 0;
  }
}

// Equal ones keep their order; what has no number stands last in either direction.
export function sortItems(items: readonly Item[], { key, descending }: Order): Item[] {
  const sign = descending ? -1 : 1;
  const lacks = (item: Item) =>
    (key === "probability" || key === "duration") && !item.prediction ? 1 : 0;
  return [...items].sort((a, b) => lacks(a) - lacks(b) || sign * compare(a, b, key));
}
