// What /events tells.

import { getJson } from "./client";
import type { HistoryEntry as Entry, LabelValue } from "./history";
import type { Verdict } from "./types";

// What is shown of a prediction, as the history lists it.
export type HistoryEntry = Pick<
  Entry,
  "id" | "file_name" | "timestamp" | "predicted_class" | "probability_abnormal" | "verdict" | "label"
>;

// What the server does, once a second.
export interface Load {
  timestamp: string;
  uptime_seconds: number;
  model_loaded: boolean;
  model: { name: string; version: string; sha256: string } | null;
  requests_total: number;
  requests_in_flight: number;
  queue: { waiting: number; limit: number; busy: number; threads: number };
  connections: { open: number; limit: number };
  predictions_served: number;
  latency_ms: { p50: number | null; p95: number | null; p99: number | null };
  verdicts: Record<Verdict, number>;
}

export interface LabelEvent {
  prediction_id: string;
  label: LabelValue | null;
}

export interface DeletionEvent {
  prediction_id: string;
}

// The latest of the history, newest first. Rejects with a ProblemError of status 404 where the server
// keeps none.
export async function getLatest(limit: number, signal: AbortSignal): Promise<HistoryEntry[]> {
  const page = await getJson<{ predictions: HistoryEntry[] }>(`predictions?limit=${limit}`, signal);
  return page.predictions;
}
