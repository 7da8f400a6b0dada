// Takes the pictures of docs/images: each view of the dashboard, light and dark.
//
//   node screenshots.mjs BIN DATA_DIR MODEL OUT_DIR

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  drawn,
  drop,
  launchBrowser,
  PATIENCE_MS,
  paths,
  recordings,
  settle,
  startServer,
} from "./harness.mjs";

const { program, data, model } = paths("usage: node screenshots.mjs BIN DATA_DIR MODEL OUT_DIR");
const out = process.argv[5] ?? "docs/images";
mkdirSync(out, { recursive: true });

const dataDir = mkdtempSync(join(tmpdir(), "heartbeat-dashboard-"));
const server = await startServer(program, model, { dataDir });

// A history of some days' work, as far as one can be made in a moment.
async function keep(name, patient_ref, location, label) {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(join(data, name))]), name.split("/").at(-1));
  if (patient_ref) form.append("patient_ref", patient_ref);
  if (location) form.append("location", location);
  const answer = await fetch(`${server.url}/predict`, { method: "POST", body: form });
  const { id } = await answer.json();
  if (label) {
    await fetch(`${server.url}/predictions/${id}/label`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(label),
    });
  }
  return id;
}
await keep("e00001.flac", "study-0040", "AV", { label: "normal", by: "Dr. Osei" });
await keep("a0001.flac", "study-0041", "MV", { label: "unsure", by: "Dr. Osei" });
await keep("circor/84886_PV.flac", "study-0041", "PV");
await keep("b0257.flac");
await keep("a0140.flac", "study-0042", "AV", { label: "normal", by: "Dr. Lindqvist" });
const shown = await keep("a0060.flac", "study-0042", "MV", {
  label: "abnormal",
  by: "Dr. Lindqvist",
  comment: "Systolic murmur at the apex. Echocardiogram asked for.",
});
await keep("b0002.flac", "study-0043", "TV");
const browser = await launchBrowser("--force-color-profile=srgb");
for (const colorScheme of ["light", "dark"]) {
  const viewport = { width: 1280, height: 800 };
  const page = await (await browser.newContext({ colorScheme, viewport })).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const take = (name) =>
    page.screenshot({
      path: join(out, `${name}-${colorScheme}.png`),
      fullPage: true,
      animations: "disabled",
    });
  await page.goto(server.url);
  await page.getByText("Model ready").waitFor();
  await take("listen");
  await drop(page, recordings(data));
  await settle(page);
  await take("results");
  await page.goto(`${server.url}/#/recording/${shown}`);
  await drawn(page);
  await page.waitForTimeout(300); // until it is painted
  await take("recording");
  await page.getByText("Why", { exact: true }).first().click();
  await page.locator('.evidence[data-loaded="true"]').waitFor();
  await page.waitForTimeout(300); // until it is painted
  await page.locator(".card-sound").screenshot({
    path: join(out, `recording-why-${colorScheme}.png`),
    animations: "disabled",
  });
  await page.getByText("Why", { exact: true }).first().click();
  for (let i = 0; i < 4; i++) await page.getByRole("button", { name: "Zoom in" }).click();
  await page.waitForTimeout(1500); // until the finer pictures are there
  await page.locator(".card-sound").screenshot({
    path: join(out, `recording-zoomed-${colorScheme}.png`),
    animations: "disabled",
  });
  await page.goto(`${server.url}/#/history`);
  await page.locator(".history tbody tr").nth(6).waitFor();
  await page.locator(".history a.file-name").nth(1).focus();
  await take("history");
  await page.getByRole("link", { name: "Model" }).click();
  await page.locator(".chart canvas").nth(4).waitFor();
  await take("model");
  await page.context().close();
}
const narrow = await (
  await browser.newContext({ colorScheme: "light", viewport: { width: 360, height: 740 } })
).newPage();
await narrow.goto(server.url);
await narrow.getByText("Ready", { exact: true }).waitFor();
await drop(narrow, [join(data, "b0002.flac")]);
await settle(narrow);
await narrow.screenshot({
  path: join(out, "phone-light.png"),
  fullPage: true,
  animations: "disabled",
});
await browser.close();
await server.stop();
rmSync(dataDir, { recursive: true, force: true });
