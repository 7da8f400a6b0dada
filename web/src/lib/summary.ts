// What a set of recordings came to, in one sentence.

import type { Item } from "./queue";
import { isOpen } from "./queue";
import { plural } from "./words";

export function summarize(items: readonly Item[]): string {
  const count = (test: (item: Item) => boolean) => items.filter(test).length;
  const verdict = (name: string) => count((item) => item.prediction?.verdict === name);
  const parts = [
    [verdict("abnormal"), "abnormal"],
    [verdict("normal"), "normal"],
    [verdict("uncertain"), "uncertain"],
    [verdict("poor_quality"), "to record again"],
    [count((item) => item.state === "failed"), "not heard"],
    [count((item) => item.state === "cancelled"), "cancelled"],
    [count(isOpen), "under way"],
  ] as const;
  const named = parts.filter(([number]) => number > 0).map(([number, name]) => `${number} ${name}`);
  return `${plural(items.length, "recording")}: ${named.join(", ")}`;
}
