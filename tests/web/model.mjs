// The dashboard in Chromium: the curves of the model and how it was trained.
//
//   node model.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model with metrics.json and
//   history.json beside it.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { asPercent, Bench, scrollsSideways, seriousFindings, startServer } from "./harness.mjs";

const bench = new Bench("usage: node model.mjs BIN DATA_DIR MODEL");
const { program, model } = bench;
const written = (name) => JSON.parse(readFileSync(join(dirname(model), name), "utf8"));

const figure = (page, title) => page.locator(".chart-figure", { hasText: title });

// A chart is there, says what it shows, and has been drawn in colours.
async function drawn(page, title) {
  const chart = figure(page, title).getByRole("img");
  await chart.locator("canvas").waitFor();
  assert.ok((await chart.getAttribute("aria-label")).length > 40);
  const colours = await chart.locator("canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] > 200) seen.add(`${data[i] >> 4} ${data[i + 1] >> 4} ${data[i + 2] >> 4}`);
    }
    return seen.size;
  });
  assert.ok(colours > 3, `${title}: ${colours} colours`);
}

const cells = async (page, title, column) => {
  await figure(page, title).locator("summary").click();
  const table = figure(page, title).locator("tbody");
  return table.locator(`tr > :nth-child(${column})`).allInnerTexts();
};

test("draws ROC, precision and recall, and reliability of what evaluate wrote", async () => {
  const { groups } = written("metrics.json");
  const { page, close } = await bench.open({ hash: "/#/model" });
  for (const title of ["ROC curve", "Precision and recall", "Reliability"]) {
    await drawn(page, title);
  }
  const [all] = groups;
  const { true_positive, false_negative, false_positive, true_negative } = all.confusion_matrix;
  const label = await figure(page, "ROC curve").getByRole("img").getAttribute("aria-label");
  const sensitivity = asPercent(true_positive / (true_positive + false_negative));
  const falseAlarms = asPercent(false_positive / (false_positive + true_negative));
  assert.ok(label.includes(`finds ${sensitivity} of the abnormal`), label);
  assert.ok(label.includes(`calls ${falseAlarms} of the normal abnormal`), label);
  const bins = await cells(page, "Reliability", 3);
  assert.deepEqual(
    bins,
    all.reliability.map(({ abnormal_share }) => asPercent(abnormal_share)),
  );
  await close();
});

test("shows one database instead of all", async () => {
  const { groups } = written("metrics.json");
  const { page, close } = await bench.open({ hash: "/#/model" });
  await figure(page, "ROC curve").getByRole("img").waitFor();
  for (const { database, confusion_matrix, auroc } of groups.slice(1, 3)) {
    await page.getByLabel("Recordings of").selectOption(database);
    await page.getByRole("heading", { name: `Curves: ${database}` }).waitFor();
    const label = await figure(page, "ROC curve").getByRole("img").getAttribute("aria-label");
    assert.ok(label.startsWith(`ROC curve of ${database}. AUROC ${auroc.value.toFixed(3)}`), label);
    assert.deepEqual(await page.locator(".confusion-count").allInnerTexts(), [
      String(confusion_matrix.true_negative),
      String(confusion_matrix.false_positive),
      String(confusion_matrix.false_negative),
      String(confusion_matrix.true_positive),
    ]);
    assert.ok((await figure(page, "ROC curve").innerText()).includes("all recordings"));
  }
  await close();
});

test("shows each epoch of the training", async () => {
  const epochs = written("history.json");
  const { page, close } = await bench.open({ hash: "/#/model" });
  await drawn(page, "Loss by epoch");
  await drawn(page, "Held-out measures by epoch");
  const shown = (key) => epochs.map((epoch) => epoch[key].toFixed(3));
  assert.deepEqual(await cells(page, "Loss by epoch", 2), shown("loss"));
  assert.deepEqual(await cells(page, "Held-out measures by epoch", 2), shown("holdout_auroc"));
  await close();
});

test("says what is missing of a model that nobody evaluated", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heartbeat-model-"));
  copyFileSync(model, join(folder, "bare.onnx"));
  const server = await startServer(program, join(folder, "bare.onnx"));
  try {
    const { page, close } = await bench.open({ url: server.url, hash: "/#/model", expected: [/404/] });
    await page.getByText("There are no figures of this model").waitFor();
    await page.getByText("It is not known how this model was trained").waitFor();
    assert.equal(await page.locator(".chart-figure").count(), 0);
    await close();
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("has nothing serious for axe, and fits 360 and 2560 px", async () => {
  for (const [colorScheme, width] of [
    ["light", 360],
    ["dark", 2560],
  ]) {
    const viewport = { width, height: 800 };
    const { page, close } = await bench.open({ hash: "/#/model", colorScheme, viewport });
    await drawn(page, "Reliability");
    for (const details of await page.locator(".chart-table > summary").all()) await details.click();
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    assert.equal(await scrollsSideways(page), false, `at ${width}`);
    await close();
  }
});
