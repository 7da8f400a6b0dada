// What the curves of an evaluation say at the places that are asked after.

import type { EvaluationGroup } from "../api/evaluation";
import type { ConfusionMatrix } from "../api/types";
import type { Points } from "./chart_spec";

export interface OperatingPoint {
  falseAlarms: number; // 1 - specificity
  sensitivity: number;
  precision: number | null;
}

// Where the model stands at the threshold that it was measured at. Null where a class is missing.
export function operatingPoint(matrix: ConfusionMatrix): OperatingPoint | null {
  const { true_negative, false_positive, false_negative, true_positive } = matrix;
  const normal = true_negative + false_positive;
  const abnormal = false_negative + true_positive;
  const called = true_positive + false_positive;
  if (normal === 0 || abnormal === 0) return null;
  return {
    falseAlarms: false_positive / normal,
    sensitivity: true_positive / abnormal,
    precision: called > 0 ? true_positive / called : null,
  };
}

// The best sensitivity with at most `falseAlarms` of the normal called abnormal.
export function sensitivityAt(roc: Points, falseAlarms: number): number {
  return Math.max(0, ...roc.filter(([x]) => x <= falseAlarms + 1e-9).map(([, y]) => y));
}

// The best precision while at least `recall` of the abnormal are found.
export function precisionAt(curve: Points, recall: number): number {
  return Math.max(0, ...curve.filter(([x]) => x >= recall - 1e-9).map(([, y]) => y));
}

export interface Range {
  low: number;
  high: number;
}

// Where the share of hits among `count` lies in 95 of 100 cases, when each hits with `probability`: the
// 2.5 and 97.5 % points of the binomial distribution, as `heartbeat evaluate` draws them in its report.
export function binomialRange(probability: number, count: number): Range {
  if (count <= 0 || !(probability >= 0 && probability <= 1)) return { low: 0, high: 1 };
  if (probability === 0 || probability === 1) return { low: probability, high: probability };
  const odds = Math.log(probability / (1 - probability));
  let logarithm = count * Math.log1p(-probability); // of the probability of exactly `hits`
  let sum = 0;
  let low: number | null = null;
  for (let hits = 0; hits <= count; hits++) {
    sum += Math.exp(logarithm);
    if (low === null && sum >= 0.025) low = hits / count;
    if (sum >= 0.975) return { low: low ?? 0, high: hits / count };
    logarithm += Math.log((count - hits) / (hits + 1)) + odds;
  }
  return { low: low ?? 0, high: 1 };
}

export interface ReliabilityRow {
  count: number;
  meanProbability: number;
  abnormalShare: number;
  chance: Range; // of a perfectly calibrated model with so many recordings
}

export function reliabilityRows(group: EvaluationGroup): ReliabilityRow[] {
  const recordings = group.normal + group.abnormal;
  return group.reliability.map((bin) => {
    const count = Math.round(bin.share * recordings);
    return {
      count,
      meanProbability: bin.mean_probability,
      abnormalShare: bin.abnormal_share,
      chance: binomialRange(bin.mean_probability, count),
    };
  });
}

export function outsideChance(rows: readonly ReliabilityRow[]): number {
  return rows.filter(
    ({ abnormalShare, chance }) =>
      abnormalShare < chance.low - 1e-9 || abnormalShare > chance.high + 1e-9,
  ).length;
}
