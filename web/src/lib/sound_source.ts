// Where the pictures and the sound of a recording come from: the server's history, or a file of this tab.

import type { View } from "./view";

// The lowest and highest sample of each point, of full scale (-1 to 1).
export interface WaveformPiece extends View {
  min: ArrayLike<number>;
  max: ArrayLike<number>;
}

// `values`: [band, frame], the lowest frequency first; 0 is `minDb`, 255 is `maxDb`, of the loudest in
// the whole recording.
export interface SpectrogramPiece extends View {
  frames: number;
  bands: number;
  minHz: number;
  maxHz: number;
  minDb: number;
  maxDb: number;
  values: Uint8Array;
}

export interface SoundSource {
  waveform(range: View, points: number, signal: AbortSignal): Promise<WaveformPiece>;
  spectrogram(range: View, frames: number, signal: AbortSignal): Promise<SpectrogramPiece>;
  // The recording as it was sent.
  file(signal: AbortSignal): Promise<Blob>;
}

// The heart's range.
export const MAX_HZ = 1000;
export const MIN_DB = -80;
