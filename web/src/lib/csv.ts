// Results as `heartbeat predict --csv` writes them.

import type { Prediction } from "../api/types";

export interface Row {
  file: string;
  prediction?: Prediction | undefined;
  error?: string | undefined;
}

const HEAD =
  "file,predicted_class,verdict,probability_abnormal,confidence,quality_ok,duration_s,error";

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

export function toCsv(rows: readonly Row[]): string {
  const lines = rows.map(({ file, prediction, error }) => {
    const fields = prediction
      ? [
          file,
          prediction.predicted_class,
          prediction.verdict,
          prediction.probability_abnormal.toFixed(6),
          prediction.confidence.toFixed(6),
          prediction.quality ? String(prediction.quality.ok) : "",
          prediction.recording.duration_s.toFixed(3),
          "",
        ]
      : [file, "", "", "", "", "", "", error ?? ""];
    return fields.map(quote).join(",");
  });
  return [HEAD, ...lines].map((line) => `${line}\r\n`).join("");
}
