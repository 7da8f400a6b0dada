// The dashboard in Chromium: a recording of the history, seen, heard, labelled, printed and deleted.
//
//   node recording.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  asPercent,
  Bench,
  drawn,
  scrollsSideways,
  seriousFindings,
  settle,
  startServer,
} from "./harness.mjs";

const bench = new Bench("usage: node recording.mjs BIN DATA_DIR MODEL", { keeps: true });
const { data } = bench;

const keep = (name, fields = {}) => bench.predict(join(data, name), name.split("/").at(-1), fields);
const kept = async (id) => (await fetch(`${bench.server.url}/predictions/${id}`)).json();
const viewOf = async (page) =>
  (await page.locator(".wave").getAttribute("data-view")).split(" ").map(Number);
const timeOf = async (page) => Number(await page.locator(".wave").getAttribute("aria-valuenow"));

// How many different colours a picture has.
const coloursOf = (page, picture) =>
  page.locator(`canvas.picture-${picture}`).evaluate((canvas) => {
    const { data: bytes } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(bytes.buffer)).size;
  });

test("what is known of a patient goes with the recordings, and leads to all of them", async () => {
  const { page, close } = await bench.open();
  await page.getByText("About this recording").click();
  await page.getByLabel("Patient reference").fill("study 0042");
  await page.getByLabel("Location").selectOption("MV");
  await page
    .getByTestId("files")
    .setInputFiles([join(data, "a0060.flac"), join(data, "b0002.flac")]);
  await settle(page);
  await page.getByRole("button", { name: "Next patient" }).click();
  await page.getByTestId("files").setInputFiles(join(data, "e00001.flac"));
  await settle(page);
  const notes = await page.locator(".results td.file").allInnerTexts();
  assert.deepEqual(
    notes.map((text) => text.includes("study 0042 · Mitral valve")),
    [true, true, false],
  );
  await page.getByRole("link", { name: "a0060.flac" }).click();
  await page.getByRole("heading", { name: "a0060.flac" }).waitFor();
  const id = page.url().split("/").at(-1);
  const prediction = await kept(id);
  assert.deepEqual([prediction.patient_ref, prediction.location], ["study 0042", "MV"]);
  await page.reload(); // it is the server's now
  await drawn(page);
  const text = await page.locator("main").innerText();
  for (const wanted of [
    "Sounds abnormal",
    asPercent(prediction.probability_abnormal),
    "Mitral valve",
    prediction.clinical_guidance.action,
    prediction.disclaimer,
    prediction.recording.sha256,
    prediction.model.sha256,
    `${prediction.model.name} ${prediction.model.version}`,
  ]) {
    assert.ok(text.includes(wanted), wanted);
  }
  await page.getByRole("link", { name: "study 0042" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".history tbody tr").length === 2);
  await close();
});

test("waveform and spectrogram come from the server, and are zoomed and scrolled as one", async () => {
  const { id } = await keep("a0060.flac");
  const { page, close } = await bench.open();
  const asked = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    const picture = /\/(waveform|spectrogram)$/.exec(pathname)?.[1];
    if (picture)
      asked.push([picture, Number(searchParams.get("start_s")), Number(searchParams.get("end_s"))]);
  });
  await page.goto(`${bench.server.url}/#/recording/${id}`);
  await drawn(page);
  assert.deepEqual(asked.sort(), [
    ["spectrogram", 0, 20],
    ["waveform", 0, 20],
  ]);
  assert.ok((await coloursOf(page, "waveform")) > 3);
  assert.ok((await coloursOf(page, "spectrogram")) > 50);
  const strip = () =>
    page.locator(".window").evaluateAll((all) => all.map((one) => one.style.left));
  assert.deepEqual(await strip(), ["0%", "25%", "50%", "75%"]);
  // With the wheel, around what is below the pointer: at a quarter, 5 s.
  await page.locator(".plot").scrollIntoViewIfNeeded();
  const box = await page.locator(".plot").boundingBox();
  await page.mouse.move(box.x + box.width / 4, box.y + 60);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -300);
  await page.keyboard.up("Control");
  await page.waitForFunction(
    () => document.querySelector(".wave").getAttribute("data-view") !== "0.000 20.000",
  );
  const [from, to] = await viewOf(page);
  assert.ok(Math.abs((5 - from) / (to - from) - 0.25) < 0.01, `${from} ${to}`);
  assert.notDeepEqual(await strip(), ["0%", "25%", "50%", "75%"]);
  // With the keyboard, down to 50 ms; both pictures are asked for the same part.
  await page.locator(".wave").focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press("+");
  const [near, nearEnd] = await viewOf(page);
  assert.ok(Math.abs(nearEnd - near - 0.05) < 0.0011, `${near} ${nearEnd}`);
  await page.waitForFunction(
    ([start, end]) =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => /waveform|spectrogram/.test(name))
        .map(({ name }) => new URL(name).searchParams)
        .filter((query) => Number(query.get("start_s")) <= start + 0.001)
        .filter((query) => Number(query.get("end_s")) >= end - 0.001)
        .filter((query) => query.get("end_s") - query.get("start_s") < 0.2).length === 2,
    [near, nearEnd],
  );
  const last = asked.slice(-2).map(([, ...range]) => range);
  assert.deepEqual(last[0], last[1]);
  assert.ok((await coloursOf(page, "waveform")) > 3);
  await page.keyboard.press("PageDown");
  const [later] = await viewOf(page);
  assert.ok(later > near, `${later} ${near}`);
  // A bar that is out of view is brought into it.
  await page.locator(".window").nth(3).focus();
  assert.ok((await viewOf(page))[0] >= 15 - 0.001);
  await page.getByRole("button", { name: "Whole" }).click();
  assert.deepEqual(await viewOf(page), [0, 20]);
  await close();
});

const asWords = ({ start_s, end_s, low_hz, high_hz, contribution }) => {
  const hz = (value) => {
    const step = value < 100 ? 5 : 10;
    return Math.round(value / step) * step;
  };
  const side = contribution > 0 ? "abnormal" : "normal";
  const time = `${start_s.toFixed(1)}–${end_s.toFixed(1)}\u00a0s`;
  return `${time}, ${hz(low_hz)}–${hz(high_hz)}\u00a0Hz: speaks for ${side}`;
};

// Pixels that hide something, of each side: orange has more red than blue.
const evidenceOf = (page) =>
  page.locator("canvas.picture-evidence").evaluate((canvas) => {
    const { data: bytes } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const sides = { abnormal: 0, normal: 0 };
    for (let at = 0; at < bytes.length; at += 4) {
      if (bytes[at + 3] > 0) sides[bytes[at] > bytes[at + 2] ? "abnormal" : "normal"]++;
    }
    return sides;
  });

test("shows why: over the spectrogram, in words, and as it was left", async () => {
  const { id, explanation } = await keep("a0060.flac");
  const whole = await (await fetch(`${bench.server.url}/predictions/${id}/explanation`)).json();
  const { page, close } = await bench.open({ hash: `/#/recording/${id}` });
  await drawn(page);
  const listed = await page.locator(".regions li").allInnerTexts();
  assert.equal(listed.length, explanation.regions.length);
  explanation.regions.forEach((region, i) => {
    assert.ok(listed[i].startsWith(asWords(region)), `${listed[i]} | ${asWords(region)}`);
  });
  assert.equal(await page.locator(".evidence").count(), 0);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.getByText("Why", { exact: true }).first().click();
  await page.locator('.evidence[data-loaded="true"]').waitFor();
  await page.getByText("for abnormal (solid)").waitFor();
  await page.waitForTimeout(200); // until it is painted
  const values = whole.contributions.flat();
  const sides = await evidenceOf(page);
  assert.equal(sides.abnormal > 0, Math.max(...values) > 0);
  assert.equal(sides.normal > 0, Math.min(...values) < -0.1 * Math.max(...values.map(Math.abs)));
  // The strongest box lies where its region does, and goes along when the pictures are zoomed.
  const strongest = explanation.regions[0];
  const boxOf = async () => {
    const [box, stack] = await Promise.all([
      page.locator(".evidence-box").first().boundingBox(),
      page.locator(".spectrogram-stack").boundingBox(),
    ]);
    return {
      startShare: (box.x - stack.x) / stack.width,
      widthShare: box.width / stack.width,
      bottomShare: 1 - (box.y + box.height - stack.y) / stack.height,
    };
  };
  const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 0.01, `${value} ${wanted}`);
  const before = await boxOf();
  near(before.startShare, strongest.start_s / 20);
  near(before.widthShare, (strongest.end_s - strongest.start_s) / 20);
  near(before.bottomShare, strongest.low_hz / 1000);
  await page.locator(".wave").focus();
  await page.keyboard.press("+");
  const [from, to] = await viewOf(page);
  assert.ok(to - from < 20);
  near((await boxOf()).widthShare, (strongest.end_s - strongest.start_s) / (to - from));
  // Asked for once, and on again after the page is opened anew.
  assert.equal(asked.filter((path) => path.endsWith("/explanation")).length, 1);
  assert.deepEqual(await seriousFindings(page), []);
  await page.reload();
  await page.locator('.evidence[data-loaded="true"]').waitFor();
  await page.getByText("Why", { exact: true }).first().click();
  await page.reload();
  await drawn(page);
  assert.equal(await page.locator(".evidence").count(), 0);
  await close();
});

test("shows the strongest parts of what the server does not keep", async () => {
  const { page, close } = await bench.open({ expected: [/404/] });
  await page.route("**/predictions/*", (route) =>
    route.fulfill({
      status: 404,
      contentType: "application/problem+json",
      json: { type: "/problems/not-found", title: "", status: 404, detail: "it is not kept" },
    }),
  );
  await page.getByTestId("files").setInputFiles(join(data, "formats/a0001.wav"));
  await settle(page);
  await page.getByRole("link", { name: "a0001.wav" }).click();
  await drawn(page);
  const listed = await page.locator(".regions li").count();
  assert.ok(listed > 0);
  await page.getByText("Why", { exact: true }).first().click();
  assert.equal(await page.locator(".evidence-box").count(), listed);
  await close();
});

test("plays the original slower, in a loop, and moves on the pictures", async () => {
  const { id } = await keep("formats/a0001.mp3");
  const { page, close } = await bench.open({ hash: `/#/recording/${id}` });
  await drawn(page);
  await page.getByText("0.5×").click();
  await page.getByText("Loop").click();
  await page.locator(".wave").focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("[");
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("]");
  await page.getByRole("button", { name: "Remove the mark" }).waitFor();
  const [begin, end] = await page
    .getByRole("button", { name: "Remove the mark" })
    .innerText()
    .then((text) => text.replace(" s", "").split("–").map(Number));
  assert.ok(end > begin && begin > 0.5, `${begin} ${end}`);
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Pause" }).waitFor();
  const head = () => page.locator(".playhead").evaluate((one) => Number.parseFloat(one.style.left));
  // It goes back to the beginning of the part, and on again.
  await page.waitForFunction(
    () =>
      new Promise((resolve) => {
        let last = 0;
        let hasTurned = false;
        const look = setInterval(() => {
          const now = Number.parseFloat(document.querySelector(".playhead").style.left);
          if (hasTurned && now > last) {
            clearInterval(look);
            resolve(true);
          }
          if (now < last) hasTurned = true;
          last = now;
        }, 30);
      }),
  );
  const seconds = ((await head()) / 100) * 8;
  assert.ok(seconds > begin - 0.2 && seconds < end + 1, String(seconds));
  await page.getByRole("button", { name: "Pause" }).click();
  await close();
});

// 16 bits, one channel, 8000 Hz.
function wavOf(samples) {
  const wav = Buffer.alloc(44 + 2 * samples.length);
  wav.write("RIFF", 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write("WAVEfmt ", 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(8000, 24);
  wav.writeUInt32LE(16000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36);
  wav.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => wav.writeInt16LE(Math.round(sample * 32767), 44 + 2 * i));
  return wav;
}

test("bell and diaphragm filter what is played", async () => {
  // 60, 300 and 900 Hz, equally strong.
  const tones = [60, 300, 900];
  const samples = Array.from({ length: 8000 * 6 }, (_, i) =>
    tones.reduce((sum, hz) => sum + 0.25 * Math.sin((2 * Math.PI * hz * i) / 8000), 0),
  );
  const path = join(bench.dataDir, "tones.wav");
  writeFileSync(path, wavOf(samples));
  const { id } = await bench.predict(path, "tones.wav");
  const { page, close } = await bench.open();
  // Listens to what goes to the loudspeakers.
  await page.addInitScript(() => {
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (target, ...rest) {
      if (target instanceof AudioDestinationNode) {
        globalThis.heard = new AnalyserNode(this.context, {
          fftSize: 8192,
          smoothingTimeConstant: 0,
        });
        connect.call(this, globalThis.heard);
      }
      return connect.call(this, target, ...rest);
    };
  });
  await page.goto(`${bench.server.url}/#/recording/${id}`);
  await page.reload();
  await drawn(page);
  await page.getByText("Loop").click();
  const levels = async (filter) => {
    await page.getByText(filter, { exact: true }).click();
    await page.waitForFunction(() => {
      const { heard } = globalThis;
      const bins = new Float32Array(heard.frequencyBinCount);
      heard.getFloatFrequencyData(bins);
      return Math.max(...bins) > -60;
    });
    await page.waitForTimeout(700); // until nothing of before is in the analyser
    return page.evaluate((wanted) => {
      const { heard } = globalThis;
      const bins = new Float32Array(heard.frequencyBinCount);
      heard.getFloatFrequencyData(bins);
      const hzPerBin = heard.context.sampleRate / heard.fftSize;
      return wanted.map((hz) => {
        const bin = Math.round(hz / hzPerBin);
        return Math.max(...bins.slice(bin - 2, bin + 3));
      });
    }, tones);
  };
  await page.getByText("Diaphragm", { exact: true }).click();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const [diaphragm60, diaphragm300, diaphragm900] = await levels("Diaphragm");
  assert.ok(diaphragm300 - diaphragm60 > 12, `${diaphragm60} ${diaphragm300}`);
  assert.ok(diaphragm300 - diaphragm900 > 15, `${diaphragm300} ${diaphragm900}`);
  const [bell60, bell300, bell900] = await levels("Bell");
  assert.ok(bell60 - bell300 > 10, `${bell60} ${bell300}`);
  assert.ok(bell60 - bell900 > 40, `${bell60} ${bell900}`);
  const wide = await levels("Wide");
  assert.ok(Math.max(...wide) - Math.min(...wide) < 4, String(wide));
  await page.getByText("for your ears only").waitFor();
  await close();
});

test("is drawn where this browser cannot play it", async () => {
  const { id } = await keep("formats/a0001_vorbis.ogg");
  const { page, close } = await bench.open({ hash: `/#/recording/${id}` });
  await page.getByText(/This browser cannot play .* at 2000 Hz, so you can see it/).waitFor();
  await page.locator('.wave[data-ready="true"]').waitFor();
  assert.ok((await coloursOf(page, "spectrogram")) > 50);
  assert.equal(await page.getByRole("button", { name: "Play", exact: true }).count(), 0);
  await close();
});

test("is confirmed, corrected or left open, by name, and says who did", async () => {
  const { id, predicted_class } = await keep("b0002.flac");
  assert.equal(predicted_class, "normal");
  const { page, close } = await bench.open({ hash: `/#/recording/${id}`, expected: [/507/] });
  const save = page.getByRole("button", { name: "Save the label" });
  await page.getByText("Nobody has labelled this recording yet.").waitFor();
  await save.click();
  await page.getByText("Choose one of the three.").waitFor();
  await page.getByText("Confirm", { exact: true }).click();
  await save.click();
  await page.getByText("Say who you are").waitFor();
  await page.getByLabel("Your name").fill("Dr. Ada");
  await page.getByLabel("Comment").fill("S1 and S2 clear");
  // Refused at first: it must not look as if it were kept.
  await page.route("**/label", (route) =>
    route.fulfill({
      status: 507,
      contentType: "application/problem+json",
      json: {
        type: "/problems/storage-failed",
        title: "",
        status: 507,
        detail: "the disk is full",
      },
    }),
  );
  await save.click();
  await page.getByText(/The label was not kept\. The disk is full\./).waitFor();
  assert.equal(await page.locator(".trail li").count(), 0);
  assert.equal(await page.getByLabel("Comment").inputValue(), "S1 and S2 clear");
  assert.deepEqual((await kept(id)).labels, []);
  await page.unroute("**/label");
  await save.click();
  await page.getByText("Confirmed as normal").waitFor();
  await page.reload();
  await page.getByText("Confirmed as normal").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "Dr. Ada");
  for (const [choice, words] of [
    ["Correct", "Corrected to abnormal"],
    ["Unsure", "Unsure by Dr. Ada"],
  ]) {
    await page.getByText(choice, { exact: true }).click();
    await save.click();
    await page.locator(".trail li", { hasText: words }).waitFor();
    await page.waitForFunction(
      () => !document.querySelector(".trail")?.innerText.includes("being saved"),
    );
  }
  const { label, labels } = await kept(id);
  assert.equal(label, "unsure");
  assert.deepEqual(
    labels.map((one) => [one.label, one.by, one.comment]),
    [
      ["normal", "Dr. Ada", "S1 and S2 clear"],
      ["abnormal", "Dr. Ada", ""],
      ["unsure", "Dr. Ada", ""],
    ],
  );
  await close();
});

test("gives back the original, byte for byte", async () => {
  const { id, recording } = await keep("a0140.flac");
  const { page, close } = await bench.open({ hash: `/#/recording/${id}` });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Original" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "a0140.flac");
  const bytes = readFileSync(await download.path());
  assert.equal(createHash("sha256").update(bytes).digest("hex"), recording.sha256);
  await close();
});

test("is deleted after a question, and gone", async () => {
  const { id } = await keep("e00001.flac");
  const { page, close } = await bench.open({ hash: `/#/recording/${id}`, expected: [/404/] });
  await drawn(page);
  await page.getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Delete this recording?").waitFor();
  await dialog.getByText("e00001.flac").waitFor();
  await dialog.getByLabel("Your name").fill("Dr. Eve");
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "History", exact: true }).waitFor();
  assert.equal((await fetch(`${bench.server.url}/predictions/${id}`)).status, 404);
  await page.goto(`${bench.server.url}/#/recording/${id}`);
  await page.getByRole("heading", { name: "This recording is not here" }).waitFor();
  await close();
});

test("waits for a server that is gone, and opens by itself", async () => {
  const { id } = await keep("b0002.flac");
  const { page, close } = await bench.open({
    hash: "/#/recording/unknown",
    expected: [/404|ERR_/],
  });
  await page.getByRole("heading", { name: "This recording is not here" }).waitFor();
  await bench.server.stop();
  await page.evaluate((to) => {
    location.hash = `#/recording/${to}`;
  }, id);
  await page.getByRole("heading", { name: "The server cannot be reached" }).waitFor();
  bench.server = await startServer(bench.program, bench.model, {
    dataDir: bench.dataDir,
    port: bench.server.port,
  });
  await page.getByRole("heading", { name: "b0002.flac" }).waitFor();
  await drawn(page);
  await close();
});

test("has nothing serious for axe, fits 360 px and 2560 px, and one page of paper", async () => {
  const { id } = await keep("a0060.flac", { patient_ref: "study-0042", location: "MV" });
  await fetch(`${bench.server.url}/predictions/${id}/label`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ label: "abnormal", by: "Dr. A", comment: "systolic murmur" }),
  });
  const hash = `/#/recording/${id}`;
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await bench.open({ hash, colorScheme });
    await drawn(page);
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    const pdf = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1, colorScheme);
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.getByRole("scrollbar", { name: "Part in view" }).waitFor();
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByText("Lost for good").waitFor();
    await page.waitForTimeout(400); // until it has faded in
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    await close();
  }
  for (const width of [360, 2560]) {
    const { page, close } = await bench.open({ hash, viewport: { width, height: 800 } });
    await drawn(page);
    assert.equal(await scrollsSideways(page), false, String(width));
    await page.getByRole("button", { name: "Zoom in" }).click();
    assert.equal(await scrollsSideways(page), false, String(width));
    await close();
  }
});
