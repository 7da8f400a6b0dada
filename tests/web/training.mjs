// The dashboard in Chromium: labelled recordings, training, comparison, promotion, roll-back.
//
//   node training.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model. What trains for real is skipped
//   where heartbeat-train is not beside BIN.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Bench, scrollsSideways, seriousFindings, startServer } from "./harness.mjs";
import { trainingPieces } from "./pieces.mjs";

const bench = new Bench("usage: node training.mjs BIN DATA_DIR MODEL", { keeps: true });
const { program, data, model } = bench;
const canTrain = existsSync(join(dirname(program), "heartbeat-train"));
const TRAINING_MS = 400_000; // two short ones on a machine with other work
const NAME = "Dr. A";

const uploadRow = (page, name) => page.locator(".uploads tbody tr", { hasText: name });
const shown = (page, id, count) =>
  page.getByTestId(id).filter({ hasText: new RegExp(`^${count}$`) }).waitFor();
const start = (page) => page.getByRole("button", { name: /^(Start training|Train again)$/ });

async function uploaded(page) {
  await page.getByTestId("uploads").filter({ hasNotText: "under way" }).waitFor();
  return page.getByTestId("uploads").innerText();
}

test("keeps labelled recordings by class, and says of each file what became of it", async () => {
  const { page, close } = await bench.open({ hash: "/#/training" });
  await shown(page, "kept-normal", 0);
  await page
    .getByTestId("train-normal")
    .setInputFiles(["b0002.flac", "README.md", "e00001.flac"].map((name) => join(data, name)));
  assert.equal(await uploaded(page), "3 files: 2 kept, 1 refused");
  assert.match(await uploadRow(page, "b0002.flac").innerText(), /normal\s+Kept/);
  const refused = await bench.predict(join(data, "README.md"));
  const words = (await uploadRow(page, "README.md").innerText()).toLowerCase();
  assert.ok(words.includes(refused.detail.toLowerCase().replace(/\.$/, "")), words);
  await shown(page, "kept-normal", 2);
  // The same bytes cannot be both.
  await page.getByTestId("train-abnormal").setInputFiles(join(data, "b0002.flac"));
  assert.equal(await uploaded(page), "4 files: 2 kept, 2 refused");
  await shown(page, "kept-abnormal", 0);
  await page.getByRole("button", { name: "Clear list" }).click();
  assert.equal(await page.locator(".uploads").count(), 0);
  await close();
});

test("what is dropped goes to the class it is dropped on, and nowhere else", async () => {
  const { page, close } = await bench.open({ hash: "/#/training" });
  await page.locator(".drop-class").first().waitFor();
  const dropOn = (selector, name) =>
    page.evaluate(
      ([target, fileName, base64]) => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], fileName));
        for (const type of ["dragover", "drop"]) {
          document
            .querySelector(target)
            .dispatchEvent(
              new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
            );
        }
      },
      [selector, name, readFileSync(join(data, name)).toString("base64")],
    );
  await dropOn("h1", "a0060.flac");
  await page.getByText("Which class?").waitFor();
  assert.match(page.url(), /#\/training$/);
  assert.equal(await page.locator(".uploads").count(), 0);
  await dropOn('[data-drop="abnormal"]', "a0060.flac");
  assert.equal(await uploaded(page), "1 file: 1 kept");
  await shown(page, "kept-abnormal", 1);
  assert.equal(await page.getByText("Which class?").count(), 0);
  assert.match(page.url(), /#\/training$/);
  await close();
});

test("counts the labels of the history, as they are given", async () => {
  const { page, close } = await bench.open({ hash: "/#/training" });
  await shown(page, "labelled-abnormal", 0);
  for (const name of ["one", "the same once more"]) {
    const { id } = await bench.predict(join(data, "e00059.flac"), name);
    const answer = await fetch(`${bench.server.url}/predictions/${id}/label`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ label: "abnormal", by: NAME, comment: "" }),
    });
    assert.equal(answer.status, 200);
  }
  await shown(page, "labelled-abnormal", 1);
  await close();
});

test("with too few recordings says how many are needed", { skip: !canTrain }, async () => {
  const { page, close } = await bench.open({ hash: "/#/training", expected: [/422/] });
  await start(page).click();
  await page.getByText("The training was not started").waitFor();
  const { detail } = await (await fetch(`${bench.server.url}/retrain`, { method: "POST" })).json();
  await page.getByText(detail.slice(10)).waitFor();
  await close();
});

test("where heartbeat-train is not installed says what to do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heartbeat-training-"));
  const alone = join(folder, "heartbeat");
  copyFileSync(program, alone);
  const server = await startServer(alone, model, { dataDir: join(folder, "data") });
  const options = { url: server.url, hash: "/#/training", expected: [/501/] };
  const { page, close } = await bench.open(options);
  try {
    await start(page).click();
    await page.getByText("This server cannot train").waitFor();
    await page.getByText("heartbeat-train").first().waitFor();
  } finally {
    await close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("where nothing is kept says so", async () => {
  const server = await startServer(program, model);
  const options = { url: server.url, hash: "/#/training", expected: [/404/] };
  const { page, close } = await bench.open(options);
  try {
    await page.getByText("This server does not train").waitFor();
    assert.equal(await start(page).count(), 0);
  } finally {
    await close();
    await server.stop();
  }
});

test(
  "trains for real: progress, stop, comparison, promotion, roll-back",
  { skip: canTrain ? false : "heartbeat-train is not beside the program" },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "heartbeat-training-"));
    const server = await startServer(program, model, {
      dataDir: folder,
      options: ["--retrain-epochs", "1"],
    });
    const { url } = server;
    const { page, close } = await bench.open({ url, hash: "/#/training" });
    page.setDefaultTimeout(TRAINING_MS);
    const served = async () => (await fetch(`${url}/model`)).json();
    const before = await served();
    try {
      const { normal, abnormal } = await trainingPieces(url, data);
      await page.getByTestId("train-normal").setInputFiles(normal);
      await page.getByTestId("train-abnormal").setInputFiles(abnormal);
      const count = normal.length + abnormal.length;
      assert.equal(await uploaded(page), `${count} files: ${count} kept`);
      await shown(page, "kept-normal", normal.length);

      // Stopped, after the page was left and opened again.
      await start(page).click();
      await page.getByRole("progressbar", { name: "Progress of the training" }).waitFor();
      await page.reload();
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      await page.getByRole("button", { name: "Stop the training" }).click();
      await page.getByText(/stopped/i).first().waitFor();
      await start(page).waitFor();

      // To its end.
      await start(page).click();
      await page.getByText(`From ${normal.length} normal`).waitFor();
      const log = page.getByRole("log");
      await log.waitFor();
      await page.getByRole("heading", { name: "3. Compare and decide" }).waitFor();
      const status = await (await fetch(`${url}/training-status`)).json();
      assert.equal(status.status, "succeeded");
      const { candidate, comparison } = status;
      const text = await page.locator(".compared").innerText();
      for (const who of ["candidate", "current"]) {
        for (const key of ["auroc", "macc", "sensitivity", "specificity"]) {
          const { value, low, high } = comparison[who][key];
          const wanted = `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
          assert.ok(text.includes(wanted), `${who} ${key} ${wanted}: ${text}`);
        }
      }
      assert.ok((await page.locator(".reading-title").innerText()).length > 5);
      await page.getByText(comparison.note).waitFor();
      assert.deepEqual(await seriousFindings(page), []);
      assert.equal((await served()).sha256, before.sha256); // never swapped in unasked

      await page.getByRole("button", { name: "Promote the candidate" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText(`instead of ${before.name} ${before.version}`).waitFor();
      assert.equal(
        await dialog.getByRole("button", { name: "Promote", exact: true }).isDisabled(),
        true,
      );
      await dialog.getByLabel("Your name").fill(NAME);
      assert.deepEqual(await seriousFindings(page), []);
      await page.keyboard.press("Enter");
      await page.getByText(`${candidate.version} serves now`).waitFor();
      await page.getByText("It serves now.").waitFor();
      assert.equal((await served()).sha256, candidate.sha256);

      await page.getByRole("button", { name: `Roll back to ${before.name} ${before.version}` }).click();
      assert.equal(await dialog.getByLabel("Your name").inputValue(), NAME); // remembered
      await dialog.getByRole("button", { name: "Roll back" }).click();
      await page.getByText(`${before.version} serves now`).waitFor();
      assert.equal((await served()).sha256, before.sha256);
      await page.getByRole("button", { name: "Promote the candidate" }).waitFor();
    } finally {
      await close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

test("has nothing serious for axe, and fits 360 and 2560 px", async () => {
  for (const [colorScheme, width] of [
    ["light", 360],
    ["dark", 2560],
  ]) {
    const viewport = { width, height: 800 };
    const { page, close } = await bench.open({ hash: "/#/training", colorScheme, viewport });
    await page.locator(".models").waitFor();
    await page.getByTestId("train-normal").setInputFiles(join(data, "README.md"));
    await uploaded(page);
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    assert.equal(await scrollsSideways(page), false, `at ${width}`);
    await close();
  }
});
