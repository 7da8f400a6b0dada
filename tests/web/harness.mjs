// What the tests and the pictures of the dashboard share: the real server and a real browser.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { after, before } from "node:test";
import { chromium } from "playwright-core";

// For a machine under load; only a failing test waits for it.
export const PATIENCE_MS = Number(process.env.HEARTBEAT_PATIENCE_MS ?? 60_000);

// From the command line: the program, tests/data and an ONNX model.
export function paths(usage) {
  const [program, data, model] = process.argv.slice(2);
  if (!program || !data || !model) {
    console.error(usage);
    process.exit(2);
  }
  return { program: resolve(program), data: resolve(data), model: resolve(model) };
}

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function launchBrowser(...options) {
  const executablePath =
    process.env.HEARTBEAT_CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error(
      "there is no Chromium: script/bootstrap --test installs it, or HEARTBEAT_CHROMIUM names one",
    );
  }
  const always = [
    "--no-sandbox", // which Chromium cannot have where tests run as root
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    // An address that is no loopback one, and so no secure context.
    "--host-resolver-rules=MAP clinic.test 127.0.0.1",
  ];
  return chromium.launch({ executablePath, args: [...always, ...options] });
}

// `heartbeat serve` on `port` (0: any free one), which keeps nothing where it has no `dataDir`. Gives its
// address and how to stop it.
export async function startServer(
  program,
  model,
  { port = 0, basePath = "", dataDir = null, options = [] } = {},
) {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTBEAT_")),
  );
  const process_ = spawn(
    program,
    ["serve", "--port", String(port), "--model", model, "--request-log", "off",
      ...(dataDir ? ["--data-dir", dataDir] : ["--no-store"]), ...options],
    { env: environment, stdio: ["ignore", "ignore", "pipe"] },
  );
  const lines = [];
  const address = await new Promise((resolve, reject) => {
    const reader = createInterface({ input: process_.stderr });
    reader.on("line", (line) => {
      lines.push(line);
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    });
    process_.on("exit", () => reject(new Error(`the server did not start: ${lines.join("\n")}`)));
  });
  return {
    url: address + basePath,
    port: Number(new URL(address).port),
    // Lets it read its keys again.
    reload() {
      process_.kill("SIGHUP");
    },
    async kill() {
      process_.kill("SIGKILL");
      await once(process_, "exit");
    },
    async stop() {
      if (process_.exitCode !== null || process_.signalCode !== null) return;
      process_.kill("SIGTERM");
      await once(process_, "exit");
    },
  };
}

// Drops files on the window, as a hand would. `files`: paths.
export async function drop(page, files) {
  const contents = files.map((path) => ({
    name: basename(path),
    base64: readFileSync(path).toString("base64"),
  }));
  await page.evaluate((list) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    const target = document.querySelector(".drop") ?? document.body;
    for (const type of ["dragover", "drop"]) {
      target.dispatchEvent(
        new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    }
  }, contents);
}

// Until each recording has its answer.
export async function settle(page) {
  await page.locator("#results").waitFor({ timeout: PATIENCE_MS });
  await page.waitForFunction(
    () => !/under way/.test(document.querySelector('[data-testid="summary"]')?.textContent ?? ""),
    undefined,
    { timeout: PATIENCE_MS },
  );
}

export const recordings = (data) =>
  ["a0060.flac", "b0002.flac", "formats/a0001.mp3", "README.md", "e00001.flac"].map((name) =>
    join(data, name),
  );

// With the spaces at which no line ends.
export const asPercent = (share) => `${(share * 100).toFixed(1)}\u00a0%`;
export const asSeconds = (duration) => `${duration.toFixed(1)}\u00a0s`;

// What a file of tests works with: a server and a browser for all of its tests, from the command line's
// program, tests/data and model. `keeps`: the server has a history.
export class Bench {
  constructor(usage, { keeps = false } = {}) {
    Object.assign(this, paths(usage));
    before(async () => {
      if (keeps) this.dataDir = mkdtempSync(join(tmpdir(), "heartbeat-dashboard-"));
      [this.browser, this.server] = await Promise.all([
        launchBrowser(),
        startServer(this.program, this.model, { dataDir: this.dataDir }),
      ]);
    });
    after(async () => {
      await this.browser?.close();
      await this.server?.stop();
      if (this.dataDir) rmSync(this.dataDir, { recursive: true, force: true });
    });
  }

  // A fresh page that may ask nobody but its own server, and must draw no complaint of the browser but
  // those `expected`; close() says so. A server without a history says so with 404, which Chromium notes.
  async open({ url = this.server.url, hash = "", expected = [], ...options } = {}) {
    const fine = this.dataDir ? expected : [...expected, /404/];
    const context = await this.browser.newContext({ acceptDownloads: true, ...options });
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
      const isExpected = fine.some((pattern) => pattern.test(message.text()));
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

  // What the server says of a file. `fields`: patient_ref, location.
  async predict(path, name = "sound", fields = {}) {
    const form = new FormData();
    form.append("file", new Blob([readFileSync(path)]), name);
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    const answer = await fetch(`${this.server.url}/predict`, { method: "POST", body: form });
    return answer.json();
  }
}

// The cells of a recording's row.
export async function row(page, name) {
  const cells = page.locator(".results tbody tr", { hasText: name }).locator("td");
  return (await cells.allInnerTexts()).map((text) => text.trim());
}

// Until a recording is drawn and can be played.
export async function drawn(page) {
  await page.locator('.wave[data-ready="true"]').waitFor();
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
}

// Opens the only result.
export async function openResult(page) {
  await page.locator("a.file-name").first().click();
  await drawn(page);
}

// What axe-core finds that is serious.
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
export async function seriousFindings(page) {
  // By way of the debugger, which the page's Content-Security-Policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

export async function scrollsSideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
}
