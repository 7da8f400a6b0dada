// The dashboard in Chromium, on the real server with real recordings: from files to verdicts.
//
//   node listen.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { asPercent, asSeconds, Bench, drop, recordings, row, settle } from "./harness.mjs";

const bench = new Bench("usage: node listen.mjs BIN DATA_DIR MODEL");
const { program, data, model } = bench;

test("dropped files get the server's verdicts, and a bad file its error", async () => {
  const { page, close } = await bench.open();
  await drop(page, recordings(data));
  await settle(page);
  for (const name of ["a0060.flac", "b0002.flac", "e00001.flac"]) {
    const wanted = await bench.predict(join(data, name));
    const [, verdict, probability, length] = await row(page, name);
    assert.equal(verdict, `Sounds ${wanted.verdict}`);
    assert.equal(probability, asPercent(wanted.probability_abnormal));
    assert.equal(length, asSeconds(wanted.recording.duration_s));
  }
  const refused = await bench.predict(join(data, "README.md"));
  const [file, verdict, probability] = await row(page, "README.md");
  assert.ok(file.includes(refused.detail), file);
  assert.equal(verdict, "Not heard");
  assert.equal(probability, "–");
  await close();
});

// 10 s of white noise, 16 bit at 2000 Hz, the same each time.
function noise() {
  const count = 20_000;
  const wav = Buffer.alloc(44 + 2 * count);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(36 + 2 * count, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(2000, 24);
  wav.writeUInt32LE(4000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * count, 40);
  let state = 1;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes
    wav.writeInt16LE((state >>> 19) - (1 << 12), 44 + 2 * i);
  }
  return wav;
}

test("what is no heart is to be recorded again, and says why", async () => {
  const { page, close } = await bench.open();
  const file = join(mkdtempSync(join(tmpdir(), "heartbeat-noise-")), "noise.wav");
  writeFileSync(file, noise());
  await page.getByTestId("files").setInputFiles([file]);
  await settle(page);
  const card = page.getByRole("region", { name: "Result for noise.wav" });
  await card.getByText("Record again", { exact: true }).waitFor();
  const wanted = await bench.predict(file);
  rmSync(dirname(file), { recursive: true });
  const text = await card.innerText();
  assert.ok(wanted.quality.reasons.length > 0);
  for (const reason of wanted.quality.reasons) assert.ok(text.includes(reason), text);
  assert.doesNotMatch(text, /%/, "a probability says nothing of it");
  await close();
});

test("the CSV is what heartbeat predict --csv writes", async () => {
  const { page, close } = await bench.open();
  const names = ["a0060.flac", "README.md", "b0002.flac"];
  await page.getByTestId("files").setInputFiles(names.map((name) => join(data, name)));
  await settle(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "CSV" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "heartbeat-results.csv");
  const written = spawnSync(program, ["predict", "--model", model, "--csv", ...names], {
    cwd: data,
    encoding: "utf8",
  });
  assert.equal(readFileSync(await download.path(), "utf8"), written.stdout);
  await close();
});

test("the table is sorted by its headings, and cleared", async () => {
  const { page, close } = await bench.open();
  await page.getByTestId("files").setInputFiles(recordings(data));
  await settle(page);
  const shares = async () => {
    const texts = await page.locator(".results tbody td:nth-child(3)").allInnerTexts();
    return texts.map((text) => (text === "–" ? null : Number.parseFloat(text)));
  };
  const rising = [...(await shares())].filter((share) => share !== null).sort((a, b) => a - b);
  await page.getByRole("button", { name: "Abnormal" }).click();
  assert.deepEqual(await shares(), [...rising, null]);
  assert.equal(
    await page.locator("th", { hasText: "Abnormal" }).getAttribute("aria-sort"),
    "ascending",
  );
  await page.getByRole("button", { name: "Abnormal" }).click();
  assert.deepEqual(await shares(), [...rising.reverse(), null]);
  await page.getByRole("button", { name: "Clear" }).click();
  assert.equal(await page.locator("#results").count(), 0);
  await close();
});

test("more files than one request takes all get an answer", async () => {
  const { page, close } = await bench.open();
  const calls = [];
  page.on("request", (request) => {
    if (request.method() === "POST") calls.push(new URL(request.url()).pathname);
  });
  const buffer = readFileSync(join(data, "b0002.flac"));
  await page
    .getByTestId("files")
    .setInputFiles(
      Array.from({ length: 33 }, (_, i) => ({
        name: `r${i}.flac`,
        mimeType: "audio/flac",
        buffer,
      })),
    );
  await settle(page);
  assert.equal(await page.getByTestId("summary").innerText(), "33 recordings: 33 normal");
  assert.deepEqual(calls, ["/batch-predict", "/batch-predict", "/predict"]);
  await close();
});

test("a server without /batch-predict is asked file by file", async () => {
  const { page, close } = await bench.open({ expected: [/404/] });
  await page.route("**/batch-predict", (route) => route.fulfill({ status: 404 }));
  await page.getByTestId("files").setInputFiles(recordings(data).slice(0, 3));
  await settle(page);
  const summary = await page.getByTestId("summary").innerText();
  assert.match(summary, /^3 recordings: \d (ab)?normal/);
  const heard = summary.split(": ")[1].matchAll(/(\d) (?:abnormal|normal|uncertain)(?:, |$)/g);
  assert.equal(
    [...heard].reduce((sum, [, count]) => sum + Number(count), 0),
    3,
    summary,
  );
  await close();
});

test("a busy server is asked again after Retry-After", async () => {
  const { page, close } = await bench.open({ expected: [/429/] });
  const times = [];
  await page.route("**/predict", (route) => {
    times.push(Date.now());
    if (times.length > 1) return route.continue();
    return route.fulfill({ status: 429, headers: { "Retry-After": "2" } });
  });
  await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
  await page.getByText("The server is busy").waitFor();
  await settle(page);
  assert.ok(times[1] - times[0] >= 1900, String(times));
  assert.equal(await page.getByText("The server is busy").count(), 0);
  await close();
});

test("what is under way can be cancelled, alone and together", async () => {
  const { page, close } = await bench.open({ expected: [/ERR_/] });
  let isHeld = true;
  await page.route("**/batch-predict", (route) => (isHeld ? undefined : route.continue()));
  await page.getByTestId("files").setInputFiles(recordings(data).slice(0, 3));
  await page.getByRole("button", { name: "Cancel b0002.flac" }).click();
  assert.equal((await row(page, "b0002.flac"))[1], "Cancelled");
  await page.getByRole("button", { name: "Cancel all" }).click();
  assert.equal(await page.getByTestId("summary").innerText(), "3 recordings: 3 cancelled");
  isHeld = false;
  await page.getByTestId("files").setInputFiles(recordings(data).slice(0, 2));
  await settle(page);
  assert.match(await page.getByTestId("summary").innerText(), /1 abnormal, 1 normal, 3 cancelled/);
  await close();
});

test("the microphone's sound is recorded and heard", async () => {
  const { page, close } = await bench.open();
  await page.getByRole("button", { name: "Start recording" }).click();
  const stop = page.getByRole("button", { name: "Stop and listen" });
  await page.waitForFunction(() => {
    const shown = document.querySelector('[role="timer"]')?.textContent ?? "";
    return Number.parseFloat(shown) >= 2;
  });
  await stop.click();
  await settle(page);
  const summary = await page.getByTestId("summary").innerText();
  assert.match(summary, /^1 recording: 1 (normal|abnormal|uncertain)$/);
  await page.getByRole("link", { name: "See and hear the details" }).click();
  await page.getByText("Technical details").waitFor();
  const format = await page.locator(".fact", { hasText: "Format" }).innerText();
  assert.match(format, /WAV, (44100|48000) Hz/);
  await close();
});

test("says why there is no microphone on a page that is not secure", async () => {
  const { page, close } = await bench.open({ url: `http://clinic.test:${bench.server.port}` });
  await page.getByText("No microphone here").waitFor();
  await page.getByText(/https:\/\//).waitFor();
  assert.equal(await page.getByRole("button", { name: "Start recording" }).count(), 0);
  await close();
});

test("of a folder, what is named like sound is taken with its path", async () => {
  const { page, close } = await bench.open();
  const sounds = readdirSync(data, { recursive: true }).filter((name) =>
    /\.(flac|wav|mp3|ogg)$/.test(name),
  );
  assert.ok(sounds.length > 10);
  await page.getByTestId("folder").setInputFiles(data);
  await settle(page);
  const names = await page.locator(".results .file-name").allInnerTexts();
  assert.deepEqual(names.sort(), sounds.map((name) => `data/${name}`).sort());
  assert.match(
    await page.getByTestId("summary").innerText(),
    new RegExp(`^${sounds.length} recordings: `),
  );
  assert.equal(await page.getByText("Not heard").count(), 0);
  await close();
});
