import { expect, test } from "vitest";
import type { Prediction } from "../api/types";
import { toCsv } from "./csv";

const prediction = {
  predicted_class: "abnormal",
  verdict: "uncertain",
  probability_abnormal: 0.5,
  confidence: 0.5,
  recording: { duration_s: 20 },
} as Prediction;

test("has the columns of heartbeat predict --csv", () => {
  expect(toCsv([])).toBe(
    "file,predicted_class,verdict,probability_abnormal,confidence,quality_ok,duration_s,error\r\n",
  );
});

test("writes results and errors, and quotes what needs it", () => {
  const csv = toCsv([
    { file: "a.wav", prediction },
    { file: "b.wav", prediction: { ...prediction, quality: { ok: false, score: 0, reasons: [] } } },
    { file: 'c, "d".wav', error: "No sound.\nSend another." },
  ]);
  expect(csv.split("\r\n").slice(1)).toEqual([
    "a.wav,abnormal,uncertain,0.500000,0.500000,,20.000,",
    "b.wav,abnormal,uncertain,0.500000,0.500000,false,20.000,",
    '"c, ""d"".wav",,,,,,,"No sound.\nSend another."',
    "",
  ]);
});
