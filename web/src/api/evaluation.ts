// What `heartbeat evaluate` and `heartbeat-train` wrote beside the model (docs/evaluating.md).

import { getJson } from "./client";
import type { ConfusionMatrix } from "./types";

// A measure with its 95 % interval; null where it is undefined, such as the AUROC of one class.
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface ReliabilityBin {
  share: number; // of the recordings
  mean_probability: number;
  abnormal_share: number;
}

export interface EvaluationGroup {
  database: string;
  normal: number;
  abnormal: number;
  confusion_matrix: ConfusionMatrix;
  auroc: Estimate;
  auprc: Estimate;
  calibration_error: Estimate;
  calibration_error_by_chance: Estimate;
  reliability: readonly ReliabilityBin[];
  roc: readonly (readonly [number, number])[]; // [1 - specificity, sensitivity]
  precision_recall: readonly (readonly [number, number])[]; // [recall, precision]
}

export interface Evaluation {
  protocol: string;
  threshold: number | null;
  groups: readonly EvaluationGroup[];
}

export interface Epoch {
  epoch: number;
  loss: number | null;
  holdout_loss: number | null;
  holdout_auroc: number | null;
  holdout_macc: number | null;
  learning_rate: number | null;
  seconds: number | null;
}

export const getEvaluation = (signal: AbortSignal) =>
  getJson<Evaluation>("model/evaluation", signal);
export const getTrainingHistory = (signal: AbortSignal) =>
  getJson<{ epochs: Epoch[] }>("model/training-history", signal);
