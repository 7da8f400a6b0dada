// The dashboard in Chromium: the model's figures, and what holds for every view.
//
//   node shell.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  Bench,
  openResult,
  recordings,
  row,
  scrollsSideways,
  seriousFindings,
  settle,
  startServer,
} from "./harness.mjs";

const bench = new Bench("usage: node shell.mjs BIN DATA_DIR MODEL");
const { program, data, model } = bench;
const FIRST_VIEW_BYTES = 300 * 1024;

test("shows the numbers of /model and /metrics", async () => {
  const card = await (await fetch(`${bench.server.url}/model`)).json();
  const { page, close } = await bench.open({ hash: "/#/model" });
  await page.getByRole("heading", { name: `Model ${card.name} ${card.version}` }).waitFor();
  const text = await page.locator("main").innerText();
  for (const wanted of [card.sha256, card.training_data_sha256, card.disclaimer, card.license]) {
    assert.ok(text.includes(wanted), wanted);
  }
  const shown = ({ value, low, high }) =>
    `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  for (const group of card.figures.groups) {
    const name = group.database === "all" ? "All recordings" : group.database;
    const cells = await page
      .locator(".databases tbody tr", { hasText: name })
      .locator("td")
      .allInnerTexts();
    const { sensitivity, specificity, macc, auroc } = group.measures;
    assert.deepEqual(
      cells.map((cell) => cell.trim()),
      [
        String(group.normal),
        String(group.abnormal),
        ...[sensitivity, specificity, macc, auroc].map(shown),
      ],
    );
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

test("has nothing serious for axe, in light and dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await bench.open({ colorScheme });
    const findings = {};
    await page.getByText("About this recording").click();
    findings.empty = await seriousFindings(page);
    await page.getByTestId("files").setInputFiles(recordings(data));
    await settle(page);
    findings.results = await seriousFindings(page);
    await openResult(page);
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
    const { page, close } = await bench.open({ viewport: { width, height: 800 } });
    assert.equal(await scrollsSideways(page), false, `empty at ${width}`);
    await page.getByTestId("files").setInputFiles(recordings(data));
    await settle(page);
    assert.equal(await scrollsSideways(page), false, `results at ${width}`);
    await openResult(page);
    assert.equal(await scrollsSideways(page), false, `result at ${width}`);
    await page.getByRole("link", { name: "Model" }).click();
    await page.locator(".databases").waitFor();
    assert.equal(await scrollsSideways(page), false, `model at ${width}`);
    await close();
  }
});

test("the first view is small, and kept for ever", async () => {
  const context = await bench.browser.newContext();
  const page = await context.newPage();
  const sizes = [];
  page.on("requestfinished", (request) =>
    sizes.push(request.sizes().then(({ responseBodySize }) => responseBodySize)),
  );
  await page.goto(bench.server.url, { waitUntil: "networkidle" });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  console.log(`the first view is ${(bytes / 1024).toFixed(1)} KiB`);
  assert.ok(bytes > 50 * 1024, `${bytes}: is this all of it?`);
  assert.ok(bytes < FIRST_VIEW_BYTES, `${bytes} bytes`);
  await context.close();
});

test("can be walked with the keyboard alone", async () => {
  const { page, close } = await bench.open();
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
  const { page, close } = await bench.open({ colorScheme: "light" });
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
      const { page, close } = await bench.open({ url: below.url + end });
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

test("a view whose script does not come says so, and comes when the server is back", async () => {
  const first = await startServer(program, model);
  const { page, close } = await bench.open({ url: first.url, expected: [/ERR_/] });
  let again;
  try {
    await first.stop();
    await page.getByRole("link", { name: "Model" }).click();
    await page.getByText("This view opens by itself").waitFor();
    await page.getByRole("link", { name: "Listen" }).click();
    await page.getByRole("heading", { name: "Listen to a heart" }).waitFor();
    await page.getByRole("link", { name: "Model" }).click();
    again = await startServer(program, model, { port: first.port });
    await page.locator(".databases").waitFor();
  } finally {
    await first.stop();
    await again?.stop();
  }
  await close();
});

test("waits for a model and for the server, and goes on by itself", async () => {
  const without = await startServer(program, "/nowhere.onnx");
  const { page, close } = await bench.open({ url: without.url, expected: [/503|ERR_/] });
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
    assert.equal(
      await page.getByTestId("summary").innerText(),
      "2 recordings: 1 abnormal, 1 normal",
    );
    await page.getByText("Model ready").waitFor();
    assert.equal(await page.getByText("The server has no model loaded").count(), 0);
  } finally {
    await without.stop();
    await again?.stop();
  }
  await close();
});
