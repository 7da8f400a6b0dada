import { expect, test } from "vitest";
import type { EvidenceRegion } from "../api/types";
import { colourOfEvidence, largestOf, shareOfHeight, signed, wordsOf } from "./evidence";

const region = (contribution: number): EvidenceRegion => ({
  start_s: 0.832,
  end_s: 1.088,
  low_hz: 58.7,
  high_hz: 148.2,
  contribution,
});

test("a region is said in words", () => {
  expect(wordsOf(region(1.2))).toBe("0.8–1.1\u00a0s, 60–150\u00a0Hz: speaks for abnormal");
  expect(wordsOf(region(-0.1))).toMatch(/: speaks for normal$/);
  expect(signed(1.236)).toBe("+1.24");
  expect(signed(-0.3)).toBe("−0.30");
});

test("the stronger a cell, the more it hides, in the colour of its side", () => {
  const [red, , blue, hides] = colourOfEvidence(1);
  expect(red).toBeGreaterThan(blue);
  expect(hides).toBe(204);
  const [normalRed, , normalBlue, less] = colourOfEvidence(-0.5);
  expect(normalBlue).toBeGreaterThan(normalRed);
  expect(less).toBeLessThan(hides);
  expect(less).toBeGreaterThan(0);
  expect(colourOfEvidence(0.05)[3]).toBe(0);
  expect(colourOfEvidence(7)).toEqual(colourOfEvidence(1));
});

test("the largest is so whatever its sign", () => {
  const grid = { timesS: [0, 1, 2], edgesHz: [20, 800], contributions: [[0.25, -1.5]] };
  expect(largestOf(grid)).toBe(1.5);
});

test("frequencies lie where the spectrogram has them", () => {
  expect(shareOfHeight(250, 1000)).toBe(0.25);
  expect(shareOfHeight(1200, 1000)).toBe(1);
});
