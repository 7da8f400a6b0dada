import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Evaluation } from "../api/evaluation";
import {
  binomialRange,
  operatingPoint,
  outsideChance,
  precisionAt,
  reliabilityRows,
  sensitivityAt,
} from "./curves";

// What `heartbeat evaluate` wrote of the shipped model.
const evaluation = JSON.parse(
  readFileSync(new URL("../../../models/metrics.json", import.meta.url), "utf8"),
) as Evaluation;

test("the operating point lies on both curves of every database", () => {
  expect(evaluation.groups.length).toBeGreaterThan(1);
  for (const group of evaluation.groups) {
    const point = operatingPoint(group.confusion_matrix);
    if (!point || point.precision === null) throw new Error(group.database);
    const isNear = ([x, y]: readonly [number, number], wx: number, wy: number) =>
      Math.abs(x - wx) < 1e-9 && Math.abs(y - wy) < 1e-9;
    const { falseAlarms, sensitivity, precision } = point;
    expect(group.roc.some((one) => isNear(one, falseAlarms, sensitivity))).toBe(true);
    expect(group.precision_recall.some((one) => isNear(one, sensitivity, precision))).toBe(true);
  }
});

test("without one of the classes there is no operating point, and perhaps no precision", () => {
  const none = { true_negative: 0, false_positive: 0, false_negative: 1, true_positive: 2 };
  expect(operatingPoint(none)).toBeNull();
  const quiet = { true_negative: 3, false_positive: 0, false_negative: 2, true_positive: 0 };
  expect(operatingPoint(quiet)).toEqual({ falseAlarms: 0, sensitivity: 0, precision: null });
});

test("curves are read where they are best", () => {
  const roc = [
    [0, 0],
    [0, 0.4],
    [0.1, 0.7],
    [0.1, 0.8],
    [1, 1],
  ] as const;
  expect([0, 0.09, 0.1, 1].map((x) => sensitivityAt(roc, x))).toEqual([0.4, 0.4, 0.8, 1]);
  const precisionRecall = [
    [0.2, 1],
    [0.5, 0.6],
    [0.8, 0.7],
    [1, 0.5],
  ] as const;
  expect([0.1, 0.4, 0.9, 1].map((x) => precisionAt(precisionRecall, x))).toEqual([1, 0.7, 0.5, 0.5]);
});

// With the cases of BinomialRange in src/evaluation/report_page_test.cpp.
test("the band by chance is the binomial one", () => {
  expect(binomialRange(0.5, 20)).toEqual({ low: 6 / 20, high: 14 / 20 });
  expect(binomialRange(0.03, 250)).toEqual({ low: 3 / 250, high: 13 / 250 });
  expect(binomialRange(1, 30)).toEqual({ low: 1, high: 1 });
  expect(binomialRange(0, 30)).toEqual({ low: 0, high: 0 });
  expect(binomialRange(0.5, 0)).toEqual({ low: 0, high: 1 });
  const many = binomialRange(0.3, 5000);
  const deviation = 1.96 * Math.sqrt((0.3 * 0.7) / 5000);
  expect(many.low).toBeCloseTo(0.3 - deviation, 3);
  expect(many.high).toBeCloseTo(0.3 + deviation, 3);
});

test("each dot of the reliability diagram stands for its share of the recordings", () => {
  for (const group of evaluation.groups) {
    const rows = reliabilityRows(group);
    const sum = rows.reduce((total, { count }) => total + count, 0);
    expect(sum).toBe(group.normal + group.abnormal);
  }
  const row = { count: 20, meanProbability: 0.5, chance: { low: 0.3, high: 0.7 } };
  const shares = [0.29, 0.3, 0.7, 0.71].map((abnormalShare) => ({ ...row, abnormalShare }));
  expect(outsideChance(shares)).toBe(2);
});
