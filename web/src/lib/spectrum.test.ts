import { expect, test } from "vitest";
import { colourOf } from "./colours";
import { LISTENING } from "./listening";
import { waveformOf } from "./local_source";
import { Spectrum, transform } from "./spectrum";

const RATE_HZ = 2000;

function sine(hz: number, seconds: number, amplitude = 1): Float32Array {
  return Float32Array.from(
    { length: seconds * RATE_HZ },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / RATE_HZ),
  );
}

test("the transform is the sum of its definition", () => {
  const size = 16;
  const input = Array.from({ length: size }, (_, i) => Math.sin(i * i) + i / 7);
  const re = Float64Array.from(input);
  const im = new Float64Array(size);
  transform(re, im);
  for (let k = 0; k < size; k++) {
    let real = 0;
    let imaginary = 0;
    input.forEach((value, i) => {
      real += value * Math.cos((2 * Math.PI * i * k) / size);
      imaginary -= value * Math.sin((2 * Math.PI * i * k) / size);
    });
    expect(re[k]).toBeCloseTo(real, 9);
    expect(im[k]).toBeCloseTo(imaginary, 9);
  }
});

test("a tone stands in its band, and a tenth of it is 20 dB down", () => {
  // Two seconds of 200 Hz, the second one quieter.
  const samples = new Float32Array(4 * RATE_HZ);
  samples.set(sine(200, 2));
  samples.set(sine(200, 2, 0.1), 2 * RATE_HZ);
  const spectrum = new Spectrum({ sampleRateHz: RATE_HZ, samples });
  const piece = spectrum.piece({ startS: 0.5, endS: 3.5 }, 3);
  expect([piece.bands, piece.frames, piece.maxHz]).toEqual([65, 3, 1000]);
  const at = (band: number, frame: number) => piece.values[band * piece.frames + frame] ?? 0;
  const loudest = (frame: number) =>
    Array.from({ length: piece.bands }, (_, band) => at(band, frame)).reduce(
      (best, value, band, all) => (value > (all[best] ?? 0) ? band : best),
      0,
    );
  const hzPerBand = piece.maxHz / (piece.bands - 1);
  expect(Math.abs(loudest(0) * hzPerBand - 200)).toBeLessThan(hzPerBand);
  const band = loudest(0);
  expect(at(band, 0)).toBeGreaterThan(250);
  // 255 levels are 80 dB: 20 dB are 64, give or take one of rounding.
  expect(Math.abs(at(band, 0) - at(band, 2) - 63.75)).toBeLessThan(1.5);
  expect(at(50, 0)).toBe(0);
});

test("silence has no colour", () => {
  const spectrum = new Spectrum({ sampleRateHz: RATE_HZ, samples: new Float32Array(4000) });
  expect(Math.max(...spectrum.piece({ startS: 0, endS: 2 }, 4).values)).toBe(0);
});

test("a waveform has the lowest and highest sample of each point", () => {
  const samples = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i * 1.7) * (i / 1000));
  const sound = { sampleRateHz: RATE_HZ, samples };
  const piece = waveformOf(sound, { startS: 0, endS: 0.5 }, 100);
  expect(piece.min.length).toBe(63); // of 16 samples each
  for (const point of [0, 17, 62]) {
    const part = samples.slice(point * 16, point * 16 + 16);
    expect(piece.min[point]).toBe(Math.min(...part));
    expect(piece.max[point]).toBe(Math.max(...part));
  }
  const near = waveformOf(sound, { startS: 0.1, endS: 0.11 }, 100);
  expect([near.startS, near.endS]).toEqual([0.1, 0.11]);
  expect(near.min).toEqual(near.max);
});

test("colours begin dark, end light and rise in lightness", () => {
  expect(colourOf(0)).toEqual([68, 1, 84]);
  expect(colourOf(255)).toEqual([253, 231, 37]);
  // Relative luminance (WCAG 2.2).
  const luminance = (level: number) => {
    const [red, green, blue] = colourOf(level).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  for (let level = 16; level <= 255; level += 16) {
    expect(luminance(level)).toBeGreaterThan(luminance(level - 16));
  }
});

// The response of a BiquadFilterNode in dB (Web Audio API, 1.13.5: "Filters Characteristics").
function responseDb(
  { type, hz, qDb }: (typeof LISTENING)["bell"]["chain"][number],
  atHz: number,
): number {
  const rate = 48000;
  const w0 = (2 * Math.PI * hz) / rate;
  const alpha = Math.sin(w0) / (2 * 10 ** (qDb / 20));
  const sign = type === "lowpass" ? -1 : 1;
  const edge = (1 + sign * Math.cos(w0)) / 2;
  const b = [edge, -sign * 2 * edge, edge];
  const a = [1 + alpha, -2 * Math.cos(w0), 1 - alpha];
  const power = (coefficients: number[]) => {
    const w = (2 * Math.PI * atHz) / rate;
    const re = coefficients.reduce((sum, value, i) => sum + value * Math.cos(w * i), 0);
    const im = coefficients.reduce((sum, value, i) => sum - value * Math.sin(w * i), 0);
    return re * re + im * im;
  };
  return 10 * Math.log10(power(b) / power(a));
}

test("listening filters are flat in their band, 3 dB down at its edges and steep beyond", () => {
  for (const [name, low, high] of [
    ["bell", 20, 200],
    ["diaphragm", 100, 500],
  ] as const) {
    const gain = (hz: number) =>
      LISTENING[name].chain.reduce((sum, section) => sum + responseDb(section, hz), 0);
    expect(Math.abs(gain(Math.sqrt(low * high)))).toBeLessThan(0.5);
    expect(Math.abs(gain(low) + 3)).toBeLessThan(0.3);
    expect(Math.abs(gain(high) + 3)).toBeLessThan(0.3);
    expect(gain(high * 2)).toBeLessThan(-20);
    expect(gain(low / 2)).toBeLessThan(-20);
  }
  expect(LISTENING.wide.chain).toEqual([]);
});
