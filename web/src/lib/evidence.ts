// What in a recording spoke for which class, as people see and read it.

import type { EvidenceRegion } from "../api/types";

// Blue and orange of Okabe and Ito (2008), which no colour-blindness makes alike: red, green, blue.
export const NORMAL_RGB = [86, 180, 233] as const;
export const ABNORMAL_RGB = [255, 149, 0] as const;

export const EVIDENCE_GRADIENT = `linear-gradient(to right, rgb(${NORMAL_RGB.join(" ")}), rgb(${NORMAL_RGB.join(" ")} / 0%) 50%, rgb(${ABNORMAL_RGB.join(" ")} / 0%) 50%, rgb(${ABNORMAL_RGB.join(" ")}))`;

// `contributions`: [row][column], the lowest frequencies first; above 0 speaks for abnormal.
export interface EvidenceGrid {
  timesS: number[]; // where columns meet
  edgesHz: number[]; // where rows meet
  contributions: number[][];
}

const STRONGEST = 0.8; // how much of the spectrogram the strongest cell hides
const FAINTEST = 0.1; // of the largest: what is less is not drawn

// Red, green, blue and how much it hides, 0 to 255 each. `share`: of the largest, -1 to 1.
export function colourOfEvidence(share: number): [number, number, number, number] {
  const size = Math.min(Math.abs(share), 1);
  const rgb = share > 0 ? ABNORMAL_RGB : NORMAL_RGB;
  return [...rgb, size < FAINTEST ? 0 : Math.round(255 * STRONGEST * Math.sqrt(size))];
}

export function largestOf(grid: EvidenceGrid): number {
  let largest = 0;
  for (const row of grid.contributions) {
    for (const value of row) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

// What a picture that ends at `maxHz` has no room for is left out.
export function shareOfHeight(hz: number, maxHz: number): number {
  return Math.min(Math.max(hz / maxHz, 0), 1);
}

// Between a number and its unit: no line ends there.
const SPACE = "\u00a0";

// To 10 Hz, and to 5 Hz below 100: finer than the model's bands would be a pretence.
function roundedHz(hz: number): number {
  const step = hz < 100 ? 5 : 10;
  return Math.round(hz / step) * step;
}

export function placeOf(region: EvidenceRegion): string {
  const time = `${region.start_s.toFixed(1)}–${region.end_s.toFixed(1)}${SPACE}s`;
  return `${time}, ${roundedHz(region.low_hz)}–${roundedHz(region.high_hz)}${SPACE}Hz`;
}

export function sideOf(region: EvidenceRegion): "abnormal" | "normal" {
  return region.contribution > 0 ? "abnormal" : "normal";
}

// "0.8–1.1 s, 60–150 Hz: speaks for abnormal".
export function wordsOf(region: EvidenceRegion): string {
  return `${placeOf(region)}: speaks for ${sideOf(region)}`;
}

// "+1.24", "−0.31", with a sign that is as wide as the plus.
export function signed(contribution: number): string {
  return `${contribution < 0 ? "−" : "+"}${Math.abs(contribution).toFixed(2)}`;
}
