// The pictures of a file that only this tab has: a server that keeps nothing has none.

import { openSound } from "./playable";
import type { Sound } from "./sound";
import type { SoundSource, SpectrogramPiece, WaveformPiece } from "./sound_source";
import { Spectrum } from "./spectrum";
import type { View } from "./view";

export class NotDecodable extends Error {}

export function waveformOf(sound: Sound, range: View, points: number): WaveformPiece {
  const { samples, sampleRateHz } = sound;
  const first = Math.max(Math.floor(range.startS * sampleRateHz), 0);
  const last = Math.min(Math.ceil(range.endS * sampleRateHz), samples.length);
  let samplesPerPoint = 1;
  while ((last - first) / samplesPerPoint > points) samplesPerPoint *= 2;
  const count = Math.ceil((last - first) / samplesPerPoint);
  const min = new Float32Array(count);
  const max = new Float32Array(count);
  for (let point = 0; point < count; point++) {
    const begin = first + point * samplesPerPoint;
    const end = Math.min(begin + samplesPerPoint, last);
    let lowest = Infinity;
    let highest = -Infinity;
    for (let i = begin; i < end; i++) {
      const sample = samples[i] ?? 0;
      if (sample < lowest) lowest = sample;
      if (sample > highest) highest = sample;
    }
    min[point] = lowest;
    max[point] = highest;
  }
  return {
    startS: first / sampleRateHz,
    endS: (first + count * samplesPerPoint) / sampleRateHz,
    min,
    max,
  };
}

export class LocalSource implements SoundSource {
  private sound: Promise<Sound> | null = null;
  private spectrum: Promise<Spectrum> | null = null;

  constructor(private readonly local: Blob) {}

  private decoded(): Promise<Sound> {
    this.sound ??= openSound(this.local).then((opened) => {
      if (!opened) throw new NotDecodable("This browser cannot decode it.");
      return opened.sound;
    });
    return this.sound;
  }

  async waveform(range: View, points: number): Promise<WaveformPiece> {
    return waveformOf(await this.decoded(), range, points);
  }

  async spectrogram(range: View, frames: number): Promise<SpectrogramPiece> {
    this.spectrum ??= this.decoded().then((sound) => new Spectrum(sound));
    return (await this.spectrum).piece(range, frames);
  }

  file(): Promise<Blob> {
    return Promise.resolve(this.local);
  }
}
