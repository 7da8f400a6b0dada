import { expect, test } from "vitest";
import type { Label } from "../api/history";
import { choicesFor, describeLabel, failed, saved, saving, trailOf } from "./labels";

const label: Label = { label: "normal", comment: "clear", by: "Dr. A", timestamp: "2026-01-31" };

test("the class that was predicted is confirmed, the other corrects it", () => {
  expect(choicesFor("abnormal").map(({ value, words }) => [value, words])).toEqual([
    ["abnormal", "Confirm"],
    ["normal", "Correct"],
    ["unsure", "Unsure"],
  ]);
  expect(describeLabel("normal", "normal")).toBe("Confirmed as normal");
  expect(describeLabel("normal", "abnormal")).toBe("Corrected to normal");
  expect(describeLabel("unsure", "abnormal")).toBe("Unsure");
});

test("a verdict that is neither class is not confirmed", () => {
  expect(choicesFor("poor_quality").map(({ value, words }) => [value, words])).toEqual([
    ["normal", "Normal"],
    ["abnormal", "Abnormal"],
    ["unsure", "Unsure"],
  ]);
  expect(describeLabel("normal", "poor_quality")).toBe("Labelled normal");
});

test("what is being saved is shown at once, and counts once it is kept", () => {
  const before = trailOf([label]);
  const pending = saving(before, { ...label, label: "abnormal" });
  expect(pending.labels).toEqual([label]);
  expect(pending.pending?.label).toBe("abnormal");
  const kept = { ...label, label: "abnormal" as const, timestamp: "of the server" };
  expect(saved(pending, kept)).toEqual({ labels: [label, kept], pending: null, error: null });
});

test("what was not kept is taken back, with the reason, until it is tried again", () => {
  const refused = failed(saving(trailOf([]), label), "The disk is full.");
  expect(refused).toEqual({ labels: [], pending: null, error: "The disk is full." });
  expect(saving(refused, label).error).toBeNull();
});
