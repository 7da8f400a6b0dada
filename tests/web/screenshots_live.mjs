// Takes the pictures of docs/images that need a server at work: monitoring, and a training to its end.
//
//   node screenshots_live.mjs BIN DATA_DIR MODEL OUT_DIR
//
// BIN must have heartbeat-train beside it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser, paths, startServer } from "./harness.mjs";
import { trainingPieces } from "./pieces.mjs";

const { program, data, model } = paths(
  "usage: node screenshots_live.mjs BIN DATA_DIR MODEL OUT_DIR",
);
const out = process.argv[5] ?? "docs/images";
mkdirSync(out, { recursive: true });
const PATIENCE_MS = 600_000;
const WATCHED_MS = 75_000;

const folder = mkdtempSync(join(tmpdir(), "heartbeat-screenshots-"));
const server = await startServer(program, model, {
  dataDir: folder,
  options: ["--retrain-epochs", "2"],
});
const browser = await launchBrowser("--force-color-profile=srgb");
const open = async (colorScheme, page_) => {
  const viewport = { width: 1280, height: 800 };
  const page = await (await browser.newContext({ colorScheme, viewport })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${server.url}/#/${page_}`);
  await page.getByText("Model ready").waitFor();
  return page;
};
const take = (page, name) =>
  page.screenshot({ path: join(out, `${name}.png`), fullPage: true, animations: "disabled" });

// Monitoring: all of tests/data, again and again, as a busy clinic would send it.
const names = ["a0001", "a0060", "a0140", "b0002", "b0257", "e00001", "e00059", "e00061"];
const pages = [await open("light", "monitoring"), await open("dark", "monitoring")];
const end = Date.now() + WATCHED_MS;
for (let turn = 0; Date.now() < end; turn++) {
  const together = names.slice(0, 1 + (turn % names.length));
  await Promise.all(
    together.map((name) => {
      const form = new FormData();
      const bytes = readFileSync(join(data, `${name}.flac`));
      form.append("file", new Blob([bytes]), `${name}.flac`);
      return fetch(`${server.url}/predict`, { method: "POST", body: form });
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 300 + 120 * (turn % 7)));
}
await take(pages[0], "monitoring-light");
await take(pages[1], "monitoring-dark");
for (const page of pages) await page.context().close();

const { normal, abnormal } = await trainingPieces(server.url, data);
const page = await open("light", "training");
await page.getByTestId("train-normal").setInputFiles(normal);
await page.getByTestId("train-abnormal").setInputFiles(abnormal);
await page.getByTestId("uploads").filter({ hasNotText: "under way" }).waitFor();
await page.getByRole("button", { name: "Clear list" }).click();
await page.getByRole("button", { name: "Start training" }).click();
await page.getByText(/left$/).first().waitFor();
await take(page, "training-running-light");
await page.getByRole("heading", { name: "3. Compare and decide" }).waitFor();
await page.locator(".compared").waitFor();
await take(page, "training-light");
const dark = await open("dark", "training");
await dark.locator(".compared").waitFor();
await take(dark, "training-dark");

await browser.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });
