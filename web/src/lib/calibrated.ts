// What a calibrated model adds to a prediction, in words.

import type { Calibration, OperatingPoint, Prediction } from "../api/types";
import { SPACE } from "./words";

const POINT_WORDS: Record<OperatingPoint, string> = {
  screening: "screening: misses little",
  balanced: "balanced: misses and alarms alike",
  specific: "specific: alarms little",
};

// A threshold as it is read: a fitted one has sixteen digits.
export function thresholdText(threshold: number): string {
  return String(Number(threshold.toFixed(4)));
}

export function thresholdWords(threshold: number, point?: OperatingPoint): string {
  return point ? `${thresholdText(threshold)} (${POINT_WORDS[point]})` : thresholdText(threshold);
}

// A share that somebody chose: no more digits than it was given, one at most.
function chosenShare(share: number): string {
  return `${Number((share * 100).toFixed(1))}${SPACE}%`;
}

// Where a probability holds; nothing where the model is not calibrated.
export function prevalenceWords(prevalence: number | undefined): string | null {
  return prevalence === undefined ? null : `where ${chosenShare(prevalence)} are abnormal`;
}

export function setWords(set: readonly ("normal" | "abnormal")[]): string {
  if (set.length === 0) return "unlike both, normal and abnormal";
  return set.join(" or ");
}

// The rows of a prediction's details; none where the model was not calibrated.
export function calibratedFacts(prediction: Prediction): [string, string][] {
  const { prediction_set, prevalence } = prediction;
  const stated = prevalenceWords(prevalence);
  return [
    ...(prediction_set ? [["May be", setWords(prediction_set)] as [string, string]] : []),
    ...(stated ? [["Probabilities hold", stated] as [string, string]] : []),
  ];
}

export function calibrationWords(calibration: Calibration | null): string {
  if (!calibration) return "no";
  const right = chosenShare(1 - calibration.prediction_sets.error_level);
  return `yes, ${prevalenceWords(calibration.prevalence)}; its prediction sets hold the truth ${right} of the time`;
}
