// What a comparison of two models allows to say.

import type { Estimate } from "../api/evaluation";
import type { Compared, Comparison, ModelEntry } from "../api/training";
import { COMPARED } from "../api/training";

export const COMPARED_NAMES: Record<Compared, { name: string; explanation: string }> = {
  auroc: { name: "AUROC", explanation: "tells abnormal from normal, at every threshold" },
  macc: { name: "MAcc", explanation: "mean of sensitivity and specificity" },
  sensitivity: { name: "Sensitivity", explanation: "of the abnormal, called abnormal" },
  specificity: { name: "Specificity", explanation: "of the normal, called normal" },
};

// An interval this wide holds both a good model and a poor one.
const TOO_WIDE = 0.2;

export type Outcome = "better" | "worse" | "mixed" | "open" | "too-few";

export interface Reading {
  outcome: Outcome;
  better: Compared[]; // the candidate's interval lies wholly above the current model's
  worse: Compared[];
  widest: number; // of the intervals, 0 to 1
}

// Where every recording was called right, or wrong, the bootstrap knows no other case: an interval
// without width is no knowledge.
function hasWidth({ low, high }: Estimate): boolean {
  return low !== null && high !== null && high > low;
}

function isAbove(one: Estimate, other: Estimate): boolean {
  if (!hasWidth(one) || !hasWidth(other)) return false;
  return one.low !== null && other.high !== null && one.low > other.high;
}

function widthOf({ low, high }: Estimate): number {
  return low === null || high === null ? 1 : high - low;
}

// Intervals that lie apart are told apart; of those that overlap nothing is said. Too few: nothing is told
// apart, and MAcc of either may be anything.
export function readComparison({ candidate, current }: Comparison): Reading {
  const better = COMPARED.filter((key) => isAbove(candidate[key], current[key]));
  const worse = COMPARED.filter((key) => isAbove(current[key], candidate[key]));
  const widest = Math.max(widthOf(candidate.macc), widthOf(current.macc));
  const outcome = (): Outcome => {
    if (better.length > 0 && worse.length > 0) return "mixed";
    if (better.length > 0) return "better";
    if (worse.length > 0) return "worse";
    return widest > TOO_WIDE ? "too-few" : "open";
  };
  return { outcome: outcome(), better, worse, widest };
}

function named(keys: readonly Compared[]): string {
  const names = keys.map((key) => COMPARED_NAMES[key].name);
  const last = names.pop();
  return names.length > 0 ? `${names.join(", ")} and ${last}` : (last ?? "");
}

export function readingTitle({ outcome }: Reading): string {
  switch (outcome) {
    case "better":
      return "The candidate did better";
    case "worse":
      return "The candidate did worse";
    case "mixed":
      return "Better in one thing, worse in another";
    case "open":
      return "No difference that can be told";
    case "too-few":
      return "Too few recordings to tell";
  }
}

export function readingText({ outcome, better, worse, widest }: Reading, recordings: number): string {
  const spread = Math.round((widest / 2) * 100);
  switch (outcome) {
    case "better":
      return `${named(better)} of the candidate lies above the current model's, intervals and all. Of what is not named here the intervals overlap.`;
    case "worse":
      return `${named(worse)} of the candidate lies below the current model's, intervals and all. There is no reason to promote it.`;
    case "mixed":
      return `The candidate is better in ${named(better)} and worse in ${named(worse)}. Which matters more is a clinical decision.`;
    case "open":
      return "All intervals overlap: the difference may be chance. There is no reason in these figures to change the model.";
    case "too-few":
      return `With ${recordings} recordings each figure may be off by some ${spread} percentage points either way: too much to tell the two models apart. Label more recordings and train again before you decide.`;
  }
}

// What serves again after a roll-back: the one that was promoted before the one that serves.
export function rollbackTarget(models: readonly ModelEntry[]): ModelEntry | null {
  const promoted = models
    .filter((model) => model.promoted !== null)
    .sort((a, b) => (b.promoted ?? "").localeCompare(a.promoted ?? ""));
  const before = promoted[1];
  return promoted[0]?.serving && before?.available && !before.serving ? before : null;
}
