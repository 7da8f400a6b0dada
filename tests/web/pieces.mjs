// More labelled recordings than tests/data has: 4 s each of those that are there, as WAV. The server's waveform
// at full resolution has their samples.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PIECE_S = 4;

async function pieces(url, data, name) {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(join(data, name))]), name);
  const heard = await (await fetch(`${url}/predict`, { method: "POST", body: form })).json();
  const { duration_s, sample_rate_hz } = heard.recording;
  const files = [];
  for (let begin = 0; begin + PIECE_S <= duration_s; begin += PIECE_S) {
    const range = `start_s=${begin}&end_s=${begin + PIECE_S}&points=8192`;
    const answer = await fetch(`${url}/predictions/${heard.id}/waveform?${range}`);
    const { max, samples_per_point } = await answer.json();
    assert.equal(samples_per_point, 1);
    const wav = Buffer.alloc(44 + 2 * max.length);
    wav.write("RIFF", 0);
    wav.writeUInt32LE(36 + 2 * max.length, 4);
    wav.write("WAVEfmt ", 8);
    wav.writeUInt32LE(16, 16);
    wav.writeUInt16LE(1, 20); // PCM
    wav.writeUInt16LE(1, 22); // channel
    wav.writeUInt32LE(sample_rate_hz, 24);
    wav.writeUInt32LE(2 * sample_rate_hz, 28);
    wav.writeUInt16LE(2, 32);
    wav.writeUInt16LE(16, 34);
    wav.write("data", 36);
    wav.writeUInt32LE(2 * max.length, 40);
    max.forEach((sample, i) => wav.writeInt16LE(Math.round(sample * 32767), 44 + 2 * i));
    files.push({ name: `${name}-${begin}.wav`, mimeType: "audio/wav", buffer: wav });
  }
  return files;
}

// 12 of each class, as Playwright takes files.
export async function trainingPieces(url, data) {
  const of = async (names) => {
    const all = [];
    for (const name of names) all.push(...(await pieces(url, data, `${name}.flac`)));
    return all.slice(0, 12);
  };
  return {
    normal: await of(["a0140", "b0002", "e00001"]),
    abnormal: await of(["a0001", "a0060", "b0257"]),
  };
}
