// Training data, retraining, and the models that came of it.

import type { Reply, UploadTransport } from "../lib/training_upload";
import { retryAfterSeconds } from "../lib/retry";
import { sentence } from "../lib/trouble";
import { address, getJson, noteStatus, parseProblem, problemOf } from "./client";
import type { Estimate } from "./evaluation";

export type ClassName = "normal" | "abnormal";

export interface ModelName {
  name: string;
  version: string;
  sha256: string;
}

export const COMPARED = ["auroc", "macc", "sensitivity", "specificity"] as const;
export type Compared = (typeof COMPARED)[number];
export type ComparedMeasures = Record<Compared, Estimate>;

// Candidate and current model on the same recordings, which neither had learned from.
export interface Comparison {
  recordings: number;
  candidate: ComparedMeasures;
  current: ComparedMeasures;
  note: string;
}

export interface TrainingStatus {
  status: "idle" | "running" | "succeeded" | "failed" | "stopped";
  progress: number; // 0 to 100
  message: string;
  started_at: string | null;
  ended_at: string | null;
  seconds_left: number | null;
  log: readonly string[];
  recordings: {
    normal: number;
    abnormal: number;
    from_history: number;
    from_folder: number;
  } | null;
  candidate: ModelName | null;
  comparison: Comparison | null;
}

export interface ModelEntry extends ModelName {
  source: "shipped" | "retrained" | "given";
  added: string;
  promoted: string | null;
  serving: boolean;
  available: boolean;
  comparison: Comparison | null;
}

interface UploadAnswer {
  results: { file_name: string; status: "success" | "error"; error?: string }[];
}

export const getTrainingStatus = (signal: AbortSignal) =>
  getJson<TrainingStatus>("training-status", signal);

export const getModels = async (signal: AbortSignal) =>
  (await getJson<{ models: ModelEntry[] }>("models", signal)).models;

export const getClassDistribution = async (signal: AbortSignal) =>
  (
    await getJson<{ distribution: Record<ClassName, number> }>(
      "visualizations/class-distribution",
      signal,
    )
  ).distribution;

export interface LabelCounts {
  counts: Record<ClassName, number>;
  isWhole: boolean; // false: there are more than were counted
}

const PAGE = 1000;
const MAX_PAGES = 5;

async function countLabelled(
  label: ClassName,
  signal: AbortSignal,
): Promise<{ count: number; isWhole: boolean }> {
  const files = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({ label, limit: String(PAGE), ...(cursor && { cursor }) });
    const answer: {
      predictions: { recording: { sha256: string } }[];
      next_cursor: string | null;
    } = await getJson(`predictions?${query}`, signal);
    for (const { recording } of answer.predictions) files.add(recording.sha256);
    cursor = answer.next_cursor;
    if (cursor === null) return { count: files.size, isWhole: true };
  }
  return { count: files.size, isWhole: false };
}

// How many recordings of the history are labelled normal and abnormal: a file that was heard twice is one.
export async function getLabelCounts(signal: AbortSignal): Promise<LabelCounts> {
  const [normal, abnormal] = await Promise.all([
    countLabelled("normal", signal),
    countLabelled("abnormal", signal),
  ]);
  return {
    counts: { normal: normal.count, abnormal: abnormal.count },
    isWhole: normal.isWhole && abnormal.isWhole,
  };
}

// Rejects with a ProblemError where the server refuses, a TypeError where nobody answers.
async function post(path: string): Promise<void> {
  const answer = await fetch(address(path), {
    method: "POST",
    headers: { Accept: "application/json" },
    cache: "no-store",
  });
  if (!answer.ok) throw await problemOf(answer);
}

export const startTraining = () => post("retrain");
export const stopTraining = () => post("retrain/stop");

// By its hash: two models may bear one version.
export const promote = (sha256: string, by: string) =>
  post(`models/${sha256}/promote?by=${encodeURIComponent(by)}`);

export function uploadReplyOf(status: number, retryAfter: string | null, text: string): Reply {
  if (status === 200) {
    try {
      const { results } = JSON.parse(text) as UploadAnswer;
      return {
        kind: "answered",
        errors: results.map(({ status: outcome, error }) =>
          outcome === "success" ? null : sentence(error ?? "the server refused it"),
        ),
      };
    } catch {
      return { kind: "refused", error: "The server's answer cannot be read." };
    }
  }
  if (status === 429 || status === 503) {
    return { kind: "busy", afterSeconds: retryAfterSeconds(retryAfter, new Date()) };
  }
  // A proxy whose server is gone; or one has to log in again, and it goes on afterwards.
  if (status === 401 || status === 502 || status === 504) return { kind: "offline" };
  if (status === 413) return { kind: "too-large" };
  const detail = parseProblem(text)?.detail ?? `The server answered with status ${status}`;
  return { kind: "refused", error: sentence(detail) };
}

export const uploadTransport: UploadTransport = {
  async send(className, files, signal) {
    const form = new FormData();
    for (const { file, name } of files) form.append("files", file, name);
    try {
      const answer = await fetch(address(`upload-training-data?target_class=${className}`), {
        method: "POST",
        headers: { Accept: "application/json" },
        body: form,
        signal,
      });
      noteStatus(answer.status);
      return uploadReplyOf(answer.status, answer.headers.get("Retry-After"), await answer.text());
    } catch {
      return { kind: "offline" };
    }
  },
};
