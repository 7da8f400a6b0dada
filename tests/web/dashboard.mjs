// The dashboard in Chromium, on the real server with real recordings.
//
//   node dashboard.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { drop, launchBrowser, PATIENCE_MS, paths, recordings, settle, startServer } from "./harness.mjs";

const { program, data, model } = paths("usage: node dashboard.mjs BIN DATA_DIR MODEL");
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const FIRST_VIEW_BYTES = 300 * 1024;

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launchBrowser(), startServer(program, model)]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

// A fresh page that may ask nobody but `url`'s server, and must draw no complaint of the browser.
async function open(url, { hash = "", expected = [], ...options } = {}) {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const complaints = [];
  const origin = new URL(url).origin;
  context.on("request", (request) => {
    const address = request.url();
    const isOurs = address.startsWith(`${origin}/`) || /^(blob|data):/.test(address);
    if (!isOurs) complaints.push(`a request to ${address}`);
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => {
    const isExpected = expected.some((pattern) => pattern.test(message.text()));
    if (message.type() === "error" && !isExpected) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url + hash);
  await page.locator("h1").waitFor();
  return {
    page,
    async close() {
      await context.close();
      assert.deepEqual(complaints, []);
    },
  };
}

async function row(page, name) {
  const cells = page.locator(".results tbody tr", { hasText: name }).locator("td");
  return (await cells.allInnerTexts()).map((text) => text.trim());
}

async function seriousFindings(page) {
  // By way of the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

async function scrollsSideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}

const predict = (path) => {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(path)]), "sound");
  return fetch(`${server.url}/predict`, { method: "POST", body: form }).then((answer) => answer.json());
};
// With the spaces at which no line ends.
const asPercent = (share) => `${(share * 100).toFixed(1)}\u00a0%`;
const asSeconds = (duration) => `${duration.toFixed(1)}\u00a0s`;

describe("Listen", () => {
  test("dropped files get the server's verdicts, and a bad file its error", async () => {
    const { page, close } = await open(server.url);
    await drop(page, recordings(data));
    await settle(page);
    for (const name of ["a0060.flac", "b0002.flac", "e00001.flac"]) {
      const wanted = await predict(join(data, name));
      const [, verdict, probability, length] = await row(page, name);
      assert.equal(verdict, `Sounds ${wanted.verdict}`);
      assert.equal(probability, asPercent(wanted.probability_abnormal));
      assert.equal(length, asSeconds(wanted.recording.duration_s));
    }
    const refused = await predict(join(data, "README.md"));
    const [file, verdict, probability] = await row(page, "README.md");
    assert.ok(file.includes(refused.detail), file);
    assert.equal(verdict, "Not heard");
    assert.equal(probability, "–");
    await close();
  });

  test("the CSV is what heartbeat predict --csv writes", async () => {
    const { page, close } = await open(server.url);
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
    const { page, close } = await open(server.url);
    await page.getByTestId("files").setInputFiles(recordings(data));
    await settle(page);
    const shares = async () => {
      const texts = await page.locator(".results tbody td:nth-child(3)").allInnerTexts();
      return texts.map((text) => (text === "–" ? null : Number.parseFloat(text)));
    };
    const rising = [...(await shares())].filter((share) => share !== null).sort((a, b) => a - b);
    await page.getByRole("button", { name: "Abnormal" }).click();
    assert.deepEqual(await shares(), [...rising, null]);
    assert.equal(await page.locator("th", { hasText: "Abnormal" }).getAttribute("aria-sort"), "ascending");
    await page.getByRole("button", { name: "Abnormal" }).click();
    assert.deepEqual(await shares(), [...rising.reverse(), null]);
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await page.locator("#results").count(), 0);
    await close();
  });

  test("more files than one request takes all get an answer", async () => {
    const { page, close } = await open(server.url);
    const calls = [];
    page.on("request", (request) => {
      if (request.method() === "POST") calls.push(new URL(request.url()).pathname);
    });
    const buffer = readFileSync(join(data, "b0002.flac"));
    await page.getByTestId("files").setInputFiles(
      Array.from({ length: 33 }, (_, i) => ({ name: `r${i}.flac`, mimeType: "audio/flac", buffer })),
    );
    await settle(page);
    assert.equal(await page.getByTestId("summary").innerText(), "33 recordings: 33 normal");
    assert.deepEqual(calls, ["/batch-predict", "/batch-predict", "/predict"]);
    await close();
  });

  test("a server without /batch-predict is asked file by file", async () => {
    const { page, close } = await open(server.url, { expected: [/404/] });
    await page.route("**/batch-predict", (route) => route.fulfill({ status: 404 }));
    await page.getByTestId("files").setInputFiles(recordings(data).slice(0, 3));
    await settle(page);
    assert.match(await page.getByTestId("summary").innerText(), /^3 recordings: 1 abnormal, 2 normal$/);
    await close();
  });

  test("a busy server is asked again after Retry-After", async () => {
    const { page, close } = await open(server.url, { expected: [/429/] });
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
    const { page, close } = await open(server.url, { expected: [/ERR_/] });
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
    const { page, close } = await open(server.url);
    await page.getByRole("button", { name: "Start recording" }).click();
    const stop = page.getByRole("button", { name: "Stop and listen" });
    await page.waitForFunction(() => {
      const shown = document.querySelector('[role="timer"]')?.textContent ?? "";
      return Number.parseFloat(shown) >= 2;
    });
    await stop.click();
    await settle(page);
    const summary = await page.getByTestId("summary").innerText();
    assert.match(summary, /^1 recording: 1 (normal|abnormal)$/);
    await page.getByRole("link", { name: "See and hear the details" }).click();
    await page.getByText("Technical details").waitFor();
    const format = await page.locator(".fact", { hasText: "Format" }).innerText();
    assert.match(format, /WAV, (44100|48000) Hz/);
    await close();
  });

  test("says why there is no microphone on a page that is not secure", async () => {
    const { page, close } = await open(`http://clinic.test:${server.port}`);
    await page.getByText("No microphone here").waitFor();
    await page.getByText(/https:\/\//).waitFor();
    assert.equal(await page.getByRole("button", { name: "Start recording" }).count(), 0);
    await close();
  });
});

describe("Result", () => {
  test("one recording shows its verdict large, and opens with the keyboard", async () => {
    const { page, close } = await open(server.url);
    const path = join(data, "a0060.flac");
    const wanted = await predict(path);
    await page.getByTestId("files").setInputFiles(path);
    await settle(page);
    assert.equal(await page.locator(".verdict-large").innerText(), "Sounds abnormal");
    assert.equal(await page.getByTestId("probability").innerText(), asPercent(wanted.probability_abnormal));
    await page.locator("a.file-name").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "a0060.flac" }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
    for (const text of [
      wanted.clinical_guidance.action,
      wanted.clinical_guidance.follow_up,
      wanted.disclaimer,
      wanted.recording.sha256,
      wanted.model.sha256,
      "FLAC, 2000 Hz",
    ]) {
      assert.equal(await page.getByText(text).first().isVisible(), true, text);
    }
    await close();
  });

  test("shows and plays each window of a recording below any browser's rate", async () => {
    const { page, close } = await open(server.url);
    const wanted = await predict(join(data, "a0060.flac"));
    await page.getByTestId("files").setInputFiles(join(data, "a0060.flac"));
    await settle(page);
    await page.locator("a.file-name").click();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const labels = await page.locator(".window").evaluateAll((all) => all.map((one) => one.title));
    assert.deepEqual(
      labels,
      wanted.windows.map(
        ({ start_s, end_s, probability_abnormal }) =>
          `${asSeconds(start_s)} to ${asSeconds(end_s)}: ${asPercent(probability_abnormal)} abnormal`,
      ),
    );
    const position = async () => Number(await page.locator(".wave").getAttribute("aria-valuenow"));
    assert.equal(await page.locator(".wave").getAttribute("aria-valuemax"), "20");
    await page.locator(".window").nth(2).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.waitForFunction(() => {
      const now = Number(document.querySelector(".wave")?.getAttribute("aria-valuenow"));
      return now > 10.1 && now < 15;
    });
    await page.getByText("0.5×").click();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator(".wave").focus();
    await page.keyboard.press("Home");
    assert.equal(await position(), 0);
    await page.keyboard.press("ArrowRight");
    assert.equal(await position(), 1);
    await page.getByRole("button", { name: "Remove the mark" }).click();
    // The arrows go from window to window.
    await page.locator(".window").first().focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("title")), labels[1]);
    await close();
  });

  test("loops the part that is marked", async () => {
    const { page, close } = await open(server.url);
    await page.getByTestId("files").setInputFiles(join(data, "formats", "a0001.mp3"));
    await settle(page);
    await page.locator("a.file-name").click();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    await page.getByText("Loop").click();
    const box = await page.locator(".wave").boundingBox();
    // From 1 s to 2 s of 8 s.
    await page.mouse.move(box.x + box.width / 8, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 5, box.y + 50, { steps: 4 });
    await page.mouse.move(box.x + box.width / 4, box.y + 50, { steps: 4 });
    await page.mouse.up();
    await page.getByText(/^(0\.9|1\.0|1\.1)–(1\.9|2\.0|2\.1) s$/).waitFor();
    await page.getByRole("button", { name: "Play", exact: true }).click();
    const seen = await page.evaluate(async () => {
      const times = [];
      for (let i = 0; i < 70; i++) {
        times.push(Number(document.querySelector(".wave")?.getAttribute("aria-valuenow")));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return times;
    });
    const backwards = seen.filter((time, i) => i > 0 && time < (seen[i - 1] ?? 0) - 0.5);
    assert.ok(backwards.length >= 1, `never went back: ${seen}`);
    assert.ok(Math.max(...seen) < 2.5, String(seen));
    await close();
  });

  test("says so where a browser cannot play it", async () => {
    const { page, close } = await open(server.url);
    await page.getByTestId("files").setInputFiles(join(data, "formats", "a0001_vorbis.ogg"));
    await settle(page);
    await page.locator("a.file-name").click();
    await page.getByText(/This browser cannot play .* at 2000 Hz/).waitFor();
    assert.ok((await page.locator(".window").count()) > 0);
    assert.equal(await page.getByRole("button", { name: "Play", exact: true }).count(), 0);
    await close();
  });

  test("is printed on one page", async () => {
    const { page, close } = await open(server.url, { colorScheme: "dark" });
    await page.getByTestId("files").setInputFiles(join(data, "a0060.flac"));
    await settle(page);
    await page.locator("a.file-name").click();
    await page.getByRole("button", { name: "Play", exact: true }).waitFor();
    const pdf = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
    assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1);
    await close();
  });

  test("is gone with its tab, and the page says so", async () => {
    const { page, close } = await open(server.url, { hash: "/#/result/1" });
    await page.getByText("This result is no longer here").waitFor();
    await page.goto(`${server.url}/#/nowhere`);
    await page.getByText("There is nothing at this address").waitFor();
    await close();
  });
});

describe("Model", () => {
  test("shows the numbers of /model and /metrics", async () => {
    const card = await (await fetch(`${server.url}/model`)).json();
    const { page, close } = await open(server.url, { hash: "/#/model" });
    await page.getByRole("heading", { name: `Model ${card.name} ${card.version}` }).waitFor();
    const text = await page.locator("main").innerText();
    for (const wanted of [card.sha256, card.training_data_sha256, card.disclaimer, card.license]) {
      assert.ok(text.includes(wanted), wanted);
    }
    const shown = ({ value, low, high }) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
    for (const group of card.figures.groups) {
      const name = group.database === "all" ? "All recordings" : group.database;
      const cells = await page.locator(".databases tbody tr", { hasText: name }).locator("td").allInnerTexts();
      const { sensitivity, specificity, macc, auroc } = group.measures;
      assert.deepEqual(cells.map((cell) => cell.trim()), [
        String(group.normal),
        String(group.abnormal),
        ...[sensitivity, specificity, macc, auroc].map(shown),
      ]);
    }
    const matrix = card.figures.groups[0].confusion_matrix;
    assert.deepEqual(await page.locator(".confusion-count").allInnerTexts(), [
      String(matrix.true_negative),
      String(matrix.false_positive),
      String(matrix.false_negative),
      String(matrix.true_positive),
    ]);
    await close();
  });
});

describe("Shell", () => {
  test("has nothing serious for axe, in light and dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
      const { page, close } = await open(server.url, { colorScheme });
      const findings = {};
      findings.empty = await seriousFindings(page);
      await page.getByTestId("files").setInputFiles(recordings(data));
      await settle(page);
      findings.results = await seriousFindings(page);
      await page.locator("a.file-name").first().click();
      await page.getByRole("button", { name: "Play", exact: true }).waitFor();
      findings.result = await seriousFindings(page);
      await page.getByRole("link", { name: "Model" }).click();
      await page.locator(".databases").waitFor();
      findings.model = await seriousFindings(page);
      assert.deepEqual(findings, { empty: [], results: [], result: [], model: [] }, colorScheme);
      await close();
    }
  });

  test("fits 360 px and 2560 px", async () => {
    for (const width of [360, 2560]) {
      const { page, close } = await open(server.url, { viewport: { width, height: 800 } });
      assert.equal(await scrollsSideways(page), false, `empty at ${width}`);
      await page.getByTestId("files").setInputFiles(recordings(data));
      await settle(page);
      assert.equal(await scrollsSideways(page), false, `results at ${width}`);
      await page.locator("a.file-name").first().click();
      await page.getByRole("button", { name: "Play", exact: true }).waitFor();
      assert.equal(await scrollsSideways(page), false, `result at ${width}`);
      await page.getByRole("link", { name: "Model" }).click();
      await page.locator(".databases").waitFor();
      assert.equal(await scrollsSideways(page), false, `model at ${width}`);
      await close();
    }
  });

  test("the first view is small, and kept for ever", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const sizes = [];
    page.on("requestfinished", (request) =>
      sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize)),
    );
    await page.goto(server.url, { waitUntil: "networkidle" });
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    console.log(`the first view is ${(bytes / 1024).toFixed(1)} KiB`);
    assert.ok(bytes > 50 * 1024, `${bytes}: is this all of it?`);
    assert.ok(bytes < FIRST_VIEW_BYTES, `${bytes} bytes`);
    await context.close();
  });

  test("can be walked with the keyboard alone", async () => {
    const { page, close } = await open(server.url);
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Skip to content");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "MAIN");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Choose files");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none");
    await page.getByRole("link", { name: "Model" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^Model heartbeat/ }).waitFor();
    await close();
  });

  test("keeps the colours that were chosen", async () => {
    const { page, close } = await open(server.url, { colorScheme: "light" });
    const scheme = () => page.locator("html").getAttribute("data-mantine-color-scheme");
    assert.equal(await scheme(), "light");
    await page.getByText("Dark", { exact: true }).locator("..").click();
    assert.equal(await scheme(), "dark");
    await page.reload();
    await page.locator("h1").waitFor();
    assert.equal(await scheme(), "dark");
    await close();
  });

  test("works below a base path, with and without a slash at its end", async () => {
    const basePath = "/clinic/heart";
    const below = await startServer(program, model, { basePath, options: ["--base-path", basePath] });
    try {
      for (const end of ["", "/"]) {
        const { page, close } = await open(below.url + end);
        await page.getByRole("link", { name: "Model" }).click();
        await page.locator(".databases").waitFor();
        await page.getByRole("link", { name: "Listen" }).click();
        await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
        await settle(page);
        assert.equal(await page.getByTestId("summary").innerText(), "1 recording: 1 normal");
        await close();
      }
    } finally {
      await below.stop();
    }
  });

  test("waits for a model and for the server, and goes on by itself", async () => {
    const without = await startServer(program, "/nowhere.onnx");
    const { page, close } = await open(without.url, { expected: [/503|ERR_/] });
    let again;
    try {
      await page.getByText("No model loaded", { exact: true }).waitFor();
      await page.getByTestId("files").setInputFiles(recordings(data).slice(0, 2));
      await page.getByText("The server has no model loaded").waitFor();
      assert.equal((await row(page, "b0002.flac"))[1], "Waiting");
      await without.stop();
      await page.getByText("Server not reached").waitFor();
      again = await startServer(program, model, { port: without.port });
      await settle(page);
      assert.equal(await page.getByTestId("summary").innerText(), "2 recordings: 1 abnormal, 1 normal");
      await page.getByText("Model ready").waitFor();
      assert.equal(await page.getByText("The server has no model loaded").count(), 0);
    } finally {
      await without.stop();
      await again?.stop();
    }
    await close();
  });
});

