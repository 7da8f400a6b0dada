import { expect, test } from "vitest";
import type { Estimate } from "../api/evaluation";
import type { Comparison, ModelEntry } from "../api/training";
import { readComparison, readingText, readingTitle, rollbackTarget } from "./comparison";

const around = (value: number, half: number): Estimate => ({
  value,
  low: value - half,
  high: value + half,
});

function comparison(candidate: number[], current: number[], half: number): Comparison {
  const measures = ([auroc = 0, macc = 0, sensitivity = 0, specificity = 0]: number[]) => ({
    auroc: around(auroc, half),
    macc: around(macc, half),
    sensitivity: around(sensitivity, half),
    specificity: around(specificity, half),
  });
  return {
    recordings: 60,
    candidate: measures(candidate),
    current: measures(current),
    note: "",
  };
}

const OLD = [0.8, 0.75, 0.7, 0.8];

test("intervals that lie apart are told apart, each by its name", () => {
  const better = readComparison(comparison([0.9, 0.85, 0.72, 0.8], OLD, 0.03));
  expect(better).toMatchObject({ outcome: "better", better: ["auroc", "macc"], worse: [] });
  expect(readingText(better, 60)).toMatch(/^AUROC and MAcc of the candidate lies above/);
  const worse = readComparison(comparison(OLD, [0.9, 0.75, 0.9, 0.8], 0.03));
  expect(worse).toMatchObject({ outcome: "worse", worse: ["auroc", "sensitivity"] });
  const mixed = readComparison(comparison([0.8, 0.75, 0.9, 0.6], OLD, 0.03));
  expect(mixed).toMatchObject({
    outcome: "mixed",
    better: ["sensitivity"],
    worse: ["specificity"],
  });
  expect(readingText(mixed, 60)).toContain("better in Sensitivity and worse in Specificity");
});

test("of intervals that overlap nothing is said, and wide ones are called too few", () => {
  const open = readComparison(comparison([0.83, 0.78, 0.73, 0.83], OLD, 0.05));
  expect(open.outcome).toBe("open");
  expect(readingTitle(open)).toBe("No difference that can be told");
  const few = readComparison(comparison([0.95, 0.9, 0.85, 0.95], OLD, 0.15));
  expect(few.outcome).toBe("too-few");
  expect(readingText(few, 12)).toMatch(/With 12 recordings .* some 15 percentage points/);
});

test("an interval without width is no knowledge", () => {
  const one = comparison([0.9, 0.8, 0.7, 1], OLD, 0.15);
  one.candidate.specificity = { value: 1, low: 1, high: 1 };
  expect(readComparison(one)).toMatchObject({ outcome: "too-few", better: [] });
});

test("what is undefined tells nothing", () => {
  const one = comparison([0.9, 0.9, 0.9, 0.9], OLD, 0.01);
  const undefined_: Estimate = { value: null, low: null, high: null };
  const none = {
    auroc: undefined_,
    macc: undefined_,
    sensitivity: undefined_,
    specificity: undefined_,
  };
  expect(readComparison({ ...one, current: none }).outcome).toBe("too-few");
});

function model(version: string, promoted: string | null, more: Partial<ModelEntry> = {}) {
  return {
    name: "heartbeat",
    version,
    sha256: version,
    source: "retrained" as const,
    added: "2026-01-01T00:00:00Z",
    promoted,
    serving: false,
    available: true,
    comparison: null,
    ...more,
  };
}

test("a roll-back goes to the model that was promoted before the one that serves", () => {
  const first = model("1", "2026-01-01T00:00:00Z");
  const second = model("2", "2026-01-03T00:00:00Z", { serving: true });
  const never = model("3", null);
  expect(rollbackTarget([never, second, first])?.version).toBe("1");
  expect(rollbackTarget([never, second])).toBeNull();
  expect(rollbackTarget([second, { ...first, available: false }])).toBeNull();
  // A model that was given on the command line serves: what was promoted does not.
  expect(rollbackTarget([{ ...second, serving: false }, first])).toBeNull();
});
