import { expect, test } from "vitest";
import type { Calibration, Prediction } from "../api/types";
import {
  calibratedFacts,
  calibrationWords,
  prevalenceWords,
  setWords,
  thresholdText,
  thresholdWords,
} from "./calibrated";

const plain = (text: string | null) => text?.replaceAll("\u00a0", " ");

test("a threshold has no more digits than anyone reads", () => {
  expect(thresholdText(0.5)).toBe("0.5");
  expect(thresholdText(0.36731982734)).toBe("0.3673");
  expect(thresholdWords(0.2, "screening")).toBe("0.2 (screening: misses little)");
  expect(thresholdWords(0.2)).toBe("0.2");
});

test("a prediction set in words", () => {
  expect(setWords(["normal"])).toBe("normal");
  expect(setWords(["normal", "abnormal"])).toBe("normal or abnormal");
  expect(setWords([])).toBe("unlike both, normal and abnormal");
});

test("only a calibrated model's prediction says what it does not exclude, and where it holds", () => {
  const prediction = { verdict: "normal" } as Prediction;
  expect(calibratedFacts(prediction)).toEqual([]);
  expect(prevalenceWords(undefined)).toBeNull();
  const facts = calibratedFacts({
    ...prediction,
    prediction_set: ["normal", "abnormal"],
    operating_point: "balanced",
    prevalence: 0.1,
  });
  expect(facts.map(([name, value]) => [name, plain(value)])).toEqual([
    ["May be", "normal or abnormal"],
    ["Probabilities hold", "where 10 % are abnormal"],
  ]);
});

test("the model's card in words", () => {
  expect(calibrationWords(null)).toBe("no");
  const calibration = {
    prevalence: 0.5,
    prediction_sets: { error_level: 0.1, largest_normal: 0.6, largest_abnormal: 0.7 },
  } as Calibration;
  expect(plain(calibrationWords(calibration))).toBe(
    "yes, where 50 % are abnormal; its prediction sets hold the truth 90 % of the time",
  );
});
