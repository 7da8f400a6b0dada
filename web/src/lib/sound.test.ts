import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodeFlac } from "./decode_flac";
import { decodeWav } from "./decode_wav";
import { makePlayable } from "./sound";
import { encodeWav, joinChunks, recordingName } from "./wav";

const data = new URL("../../../tests/data/", import.meta.url);
function bytesOf(name: string): ArrayBuffer {
  const bytes = readFileSync(new URL(name, data));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

test("a WAV comes back as it was written", () => {
  const samples = Float32Array.from([0, 0.5, -0.5, 1, -1, 2, -2, NaN]);
  const sound = decodeWav(encodeWav(samples, 44100));
  expect(sound?.sampleRateHz).toBe(44100);
  const expected = [0, 0.5, -0.5, 1, -1, 1, -1, 0];
  // Two steps of 16 bits.
  sound?.samples.forEach((sample, i) =>
    expect(Math.abs(sample - (expected[i] ?? 9))).toBeLessThan(2 / 32768),
  );
  expect(sound?.samples.length).toBe(expected.length);
});

test("the header of a WAV is what RIFF asks for", () => {
  const view = new DataView(encodeWav(new Float32Array(3), 48000));
  expect(view.byteLength).toBe(44 + 6);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  expect(view.getUint32(28, true)).toBe(48000 * 2);
  expect(view.getUint32(40, true)).toBe(6);
});

test("a FLAC gives the samples of the WAV that was made of its beginning", () => {
  const flac = decodeFlac(bytesOf("a0001.flac"));
  const wav = decodeWav(bytesOf("formats/a0001.wav"));
  expect(flac?.sampleRateHz).toBe(2000);
  expect(flac?.samples.length).toBe(40000);
  expect(wav?.samples.length).toBe(16000);
  expect(flac?.samples.slice(0, 16000)).toEqual(wav?.samples);
});

test.each([
  ["a0140.flac", 40000],
  ["b0257.flac", 16000],
  ["e00061.flac", 27598],
  ["circor/84886_PV.flac", 32000],
])("decodes all of %s", (name, samples) => {
  const sound = decodeFlac(bytesOf(name));
  expect(sound?.samples.length).toBe(samples);
  const peak = sound?.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  expect(peak).toBeLessThanOrEqual(1);
  expect(peak).toBeGreaterThan(0.01);
});

test("a cut FLAC gives what comes before the cut", () => {
  const whole = decodeFlac(bytesOf("a0001.flac"));
  const bytes = bytesOf("a0001.flac");
  const cut = decodeFlac(bytes.slice(0, bytes.byteLength / 2));
  expect(cut?.samples.length).toBeGreaterThan(8000);
  expect(cut?.samples.length).toBeLessThan(30000);
  expect(cut?.samples).toEqual(whole?.samples.slice(0, cut?.samples.length));
});

test("what is neither is refused", () => {
  const text = new TextEncoder().encode("no sound, but longer than a header of either").buffer;
  expect(decodeWav(text as ArrayBuffer)).toBeNull();
  expect(decodeFlac(text as ArrayBuffer)).toBeNull();
  expect(decodeWav(new ArrayBuffer(0))).toBeNull();
  expect(decodeFlac(new ArrayBuffer(0))).toBeNull();
});

test("raising the rate keeps a tone and adds nothing above it", () => {
  const tone = (rate: number, i: number) => Math.sin((2 * Math.PI * 100 * i) / rate);
  const samples = Float32Array.from({ length: 2000 }, (_, i) => tone(2000, i));
  const raised = makePlayable({ sampleRateHz: 2000, samples });
  expect(raised.sampleRateHz).toBe(8000);
  expect(raised.samples.length).toBe(8000);
  // Away from the ends; -46 dB, where linear interpolation of this tone reaches -38 dB.
  for (let i = 200; i < 7800; i++) {
    expect(Math.abs((raised.samples[i] ?? 9) - tone(8000, i))).toBeLessThan(0.005);
  }
  const high = { sampleRateHz: 44100, samples };
  expect(makePlayable(high)).toBe(high);
});

test("chunks of a recording are joined in order", () => {
  const joined = joinChunks([Float32Array.of(1, 2), new Float32Array(0), Float32Array.of(3)]);
  expect([...joined]).toEqual([1, 2, 3]);
  expect(recordingName(new Date(2026, 0, 5, 7, 8, 9))).toBe("recording-2026-01-05-070809.wav");
});
