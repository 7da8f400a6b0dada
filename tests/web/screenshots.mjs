// Takes the pictures of docs/images: each view of the dashboard, light and dark.
//
//   node screenshots.mjs BIN DATA_DIR MODEL OUT_DIR

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { drop, launchBrowser, PATIENCE_MS, paths, recordings, settle, startServer } from "./harness.mjs";

const { program, data, model } = paths("usage: node screenshots.mjs BIN DATA_DIR MODEL OUT_DIR");
const out = process.argv[5] ?? "docs/images";
mkdirSync(out, { recursive: true });

const server = await startServer(program, model);
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
  await page.locator("a.file-name").first().click();
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  await page.waitForTimeout(500); // until the waveform is drawn
  await take("result");
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
