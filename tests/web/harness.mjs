// What the tests and the pictures of the dashboard share: the real server and a real browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const PATIENCE_MS = 60_000; // for a machine under load; only a failing test waits for it

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
  const executablePath = process.env.HEARTBEAT_CHROMIUM ?? CHROMIUM.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error("there is no Chromium: script/bootstrap --test installs it, or HEARTBEAT_CHROMIUM names one");
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

// `heartbeat serve` on `port` (0: any free one). Gives its address and how to stop it.
export async function startServer(program, model, { port = 0, basePath = "", options = [] } = {}) {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("HEARTBEAT_")),
  );
  const process_ = spawn(
    program,
    ["serve", "--port", String(port), "--model", model, "--request-log", "off", ...options],
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
    async stop() {
      if (process_.exitCode !== null) return;
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
