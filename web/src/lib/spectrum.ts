// A spectrogram of decoded sound, as the server makes it: Hann windows of 64 ms, in dB of the loudest.

import type { Sound } from "./sound";
import type { SpectrogramPiece } from "./sound_source";
import { MAX_HZ, MIN_DB } from "./sound_source";
import type { View } from "./view";

const WINDOW_S = 0.064;
const SURVEY_HOP_S = 0.032; // for the loudest of all

// In place; `re` and `im` have the same length, a power of two (Cooley and Tukey, 1965).
export function transform(re: Float64Array, im: Float64Array): void {
  const size = re.length;
  const swap = (values: Float64Array, i: number, j: number) => {
    const kept = values[i] ?? 0;
    values[i] = values[j] ?? 0;
    values[j] = kept;
  };
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      swap(re, i, j);
      swap(im, i, j);
    }
  }
  for (let half = 1; half < size; half *= 2) {
    for (let k = 0; k < half; k++) {
      const cosine = Math.cos((Math.PI * k) / half);
      const sine = -Math.sin((Math.PI * k) / half);
      for (let at = k; at < size; at += 2 * half) {
        const other = at + half;
        const real = (re[other] ?? 0) * cosine - (im[other] ?? 0) * sine;
        const imaginary = (re[other] ?? 0) * sine + (im[other] ?? 0) * cosine;
        re[other] = (re[at] ?? 0) - real;
        im[other] = (im[at] ?? 0) - imaginary;
        re[at] = (re[at] ?? 0) + real;
        im[at] = (im[at] ?? 0) + imaginary;
      }
    }
  }
}

export class Spectrum {
  private readonly size: number;
  private readonly bands: number;
  private readonly maxHz: number;
  private readonly window: Float64Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  private loudest: number | null = null;

  constructor(private readonly sound: Sound) {
    const rate = sound.sampleRateHz;
    this.size = 2 ** Math.ceil(Math.log2(WINDOW_S * rate));
    this.maxHz = Math.min(MAX_HZ, rate / 2);
    this.bands = Math.floor((this.maxHz * this.size) / rate) + 1;
    const length = Math.round(WINDOW_S * rate);
    this.window = Float64Array.from(
      { length },
      (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / length),
    );
    this.re = new Float64Array(this.size);
    this.im = new Float64Array(this.size);
  }

  // Powers of the window around `timeS`, up to maxHz.
  private powers(timeS: number): Float64Array {
    const { samples, sampleRateHz } = this.sound;
    const begin = Math.round(timeS * sampleRateHz) - (this.window.length >> 1);
    this.re.fill(0);
    this.im.fill(0);
    for (let i = 0; i < this.window.length; i++) {
      this.re[i] = (samples[begin + i] ?? 0) * (this.window[i] ?? 0);
    }
    transform(this.re, this.im);
    return Float64Array.from({ length: this.bands }, (_, k) => {
      const real = this.re[k] ?? 0;
      const imaginary = this.im[k] ?? 0;
      return real * real + imaginary * imaginary;
    });
  }

  private reference(): number {
    if (this.loudest !== null) return this.loudest;
    let loudest = 0;
    const durationS = this.sound.samples.length / this.sound.sampleRateHz;
    for (let timeS = 0; timeS < durationS; timeS += SURVEY_HOP_S) {
      for (const power of this.powers(timeS)) loudest = Math.max(loudest, power);
    }
    this.loudest = loudest;
    return loudest;
  }

  piece(range: View, frames: number): SpectrogramPiece {
    const reference = this.reference();
    const values = new Uint8Array(this.bands * frames);
    const step = (range.endS - range.startS) / frames;
    for (let frame = 0; frame < frames; frame++) {
      const powers = this.powers(range.startS + (frame + 0.5) * step);
      powers.forEach((power, band) => {
        const db = power > 0 && reference > 0 ? 10 * Math.log10(power / reference) : MIN_DB;
        values[band * frames + frame] = Math.round(255 * Math.min(Math.max(1 - db / MIN_DB, 0), 1));
      });
    }
    const { bands, maxHz } = this;
    return { ...range, frames, bands, minHz: 0, maxHz, minDb: MIN_DB, maxDb: 0, values };
  }
}
