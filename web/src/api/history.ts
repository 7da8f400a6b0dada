// What the server keeps: predictions with their recordings, and what was said of them.

import type { EvidenceGrid } from "../lib/evidence";
import type { SoundSource, SpectrogramPiece, WaveformPiece } from "../lib/sound_source";
import { MAX_HZ } from "../lib/sound_source";
import type { View } from "../lib/view";
import { address, getJson, problemOf } from "./client";
import type { Prediction } from "./types";

export type LabelValue = "normal" | "abnormal" | "unsure";

export interface Label {
  label: LabelValue;
  comment: string;
  by: string;
  timestamp: string;
}

export type KeptPrediction = Prediction & { label: LabelValue | null; labels: Label[] };

export type HistoryEntry = Pick<
  Prediction,
  | "id"
  | "timestamp"
  | "file_name"
  | "predicted_class"
  | "verdict"
  | "probability_abnormal"
  | "model"
  | "patient_ref"
  | "location"
> & { recording: { duration_s: number; sha256: string }; label: LabelValue | null };

export interface HistoryPage {
  predictions: HistoryEntry[];
  next_cursor: string | null;
}

const pathOf = (id: string) => `predictions/${encodeURIComponent(id)}`;

export const getPrediction = (id: string, signal?: AbortSignal) =>
  getJson<KeptPrediction>(pathOf(id), signal);

// `query`: of `serverQuery`.
export function getHistory(
  query: string,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<HistoryPage> {
  const parameters = new URLSearchParams(query);
  if (cursor !== null) parameters.set("cursor", cursor);
  const text = parameters.toString();
  return getJson<HistoryPage>(text ? `predictions?${text}` : "predictions", signal);
}

export function exportAddress(query: string): string {
  return address(query ? `predictions.csv?${query}` : "predictions.csv");
}

interface ExplanationAnswer {
  times_s: number[];
  edges_hz: number[];
  contributions: number[][];
}

export async function getExplanation(id: string, signal: AbortSignal): Promise<EvidenceGrid> {
  const path = `${pathOf(id)}/explanation`;
  const { times_s, edges_hz, contributions } = await getJson<ExplanationAnswer>(path, signal);
  return { timesS: times_s, edgesHz: edges_hz, contributions };
}

export function audioAddress(id: string): string {
  return address(`${pathOf(id)}/audio`);
}

async function accepted(answer: Response): Promise<Response> {
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

export async function putLabel(
  id: string,
  label: { label: LabelValue; comment: string; by: string },
): Promise<Label> {
  const answer = await fetch(address(`${pathOf(id)}/label`), {
    method: "PUT",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(label),
  });
  return (await (await accepted(answer)).json()) as Label;
}

// Of what is gone already: nothing to say.
export async function deletePrediction(id: string, by: string): Promise<void> {
  const parameters = new URLSearchParams({ by });
  const answer = await fetch(address(`${pathOf(id)}?${parameters}`), { method: "DELETE" });
  if (answer.status !== 404) await accepted(answer);
}

interface WaveformAnswer {
  start_s: number;
  end_s: number;
  min: number[];
  max: number[];
}

interface SpectrogramAnswer {
  start_s: number;
  end_s: number;
  frames: number;
  bands: number;
  min_hz: number;
  max_hz: number;
  min_db: number;
  max_db: number;
  values: string;
}

function rangeQuery(range: View): Record<string, string> {
  return { start_s: range.startS.toFixed(4), end_s: range.endS.toFixed(4) };
}

// `local`: the same file, where this tab has it.
export class ServerSource implements SoundSource {
  constructor(
    private readonly id: string,
    private readonly local: Blob | null = null,
  ) {}

  async waveform(range: View, points: number, signal: AbortSignal): Promise<WaveformPiece> {
    const query = new URLSearchParams({ ...rangeQuery(range), points: String(points) });
    const path = `${pathOf(this.id)}/waveform?${query}`;
    const { start_s, end_s, min, max } = await getJson<WaveformAnswer>(path, signal);
    return { startS: start_s, endS: end_s, min, max };
  }

  async spectrogram(range: View, frames: number, signal: AbortSignal): Promise<SpectrogramPiece> {
    const query = new URLSearchParams({
      ...rangeQuery(range),
      frames: String(frames),
      max_hz: String(MAX_HZ),
    });
    const path = `${pathOf(this.id)}/spectrogram?${query}`;
    const answer = await getJson<SpectrogramAnswer>(path, signal);
    return {
      startS: answer.start_s,
      endS: answer.end_s,
      frames: answer.frames,
      bands: answer.bands,
      minHz: answer.min_hz,
      maxHz: answer.max_hz,
      minDb: answer.min_db,
      maxDb: answer.max_db,
      values: Uint8Array.from(atob(answer.values), (character) => character.charCodeAt(0)),
    };
  }

  async file(signal: AbortSignal): Promise<Blob> {
    if (this.local) return this.local;
    const answer = await fetch(audioAddress(this.id), { cache: "no-store", signal });
    return (await accepted(answer)).blob();
  }
}
