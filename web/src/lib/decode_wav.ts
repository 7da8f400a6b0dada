// WAV as medical devices write it: PCM of 8 to 32 bits and float, plain or extensible.

import type { Sound } from "./sound";

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

interface Format {
  tag: number;
  channels: number;
  sampleRateHz: number;
  bits: number;
}

function reader(view: DataView, { tag, bits }: Format): ((at: number) => number) | null {
  if (tag === FLOAT && bits === 32) return (at) => view.getFloat32(at, true);
  if (tag === FLOAT && bits === 64) return (at) => view.getFloat64(at, true);
  if (tag !== PCM) return null;
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15;
  if (bits === 24) {
    return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
  }
  if (bits === 32) return (at) => view.getInt32(at, true) / 2 ** 31;
  return null;
}

// null where it is no such file. Lengths in the header are bounded by what is there, because streamed
// files do not know theirs.
export function decodeWav(bytes: ArrayBuffer): Sound | null {
  const view = new DataView(bytes);
  const name = (at: number) =>
    String.fromCharCode(...new Uint8Array(bytes, at, Math.min(4, bytes.byteLength - at)));
  if (bytes.byteLength < 12 || name(0) !== "RIFF" || name(8) !== "WAVE") return null;
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.byteLength; ) {
    const chunk = name(at);
    const size = Math.min(view.getUint32(at + 4, true), bytes.byteLength - at - 8);
    at += 8;
    if (chunk === "fmt " && size >= 16) {
      const tag = view.getUint16(at, true);
      format = {
        tag: tag === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : tag,
        channels: view.getUint16(at + 2, true),
        sampleRateHz: view.getUint32(at + 4, true),
        bits: view.getUint16(at + 14, true),
      };
    } else if (chunk === "data") {
      return format && mix(view, at, size, format);
    }
    at += size + (size % 2);
  }
  return null;
}

function mix(view: DataView, begin: number, size: number, format: Format): Sound | null {
  const read = reader(view, format);
  const { channels, sampleRateHz } = format;
  if (!read || channels < 1 || sampleRateHz < 1) return null;
  const sampleBytes = format.bits / 8;
  const frames = Math.floor(size / (sampleBytes * channels));
  const samples = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += read(begin + (frame * channels + channel) * sampleBytes);
    }
    samples[frame] = sum / channels;
  }
  return { sampleRateHz, samples };
}
