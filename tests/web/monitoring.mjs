// The dashboard in Chromium: the server as it works, live.
//
//   node monitoring.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Bench, scrollsSideways, seriousFindings, startServer } from "./harness.mjs";

const bench = new Bench("usage: node monitoring.mjs BIN DATA_DIR MODEL", { keeps: true });
const { program, data, model } = bench;
const DOWN = [/ERR_|503|502/]; // what Chromium says while there is no server

async function predict(url, name, file = "b0002.flac") {
  const form = new FormData();
  form.append("file", new Blob([readFileSync(join(data, file))]), name);
  const answer = await fetch(`${url}/predict`, { method: "POST", body: form });
  assert.equal(answer.status, 200);
  return answer.json();
}

const rowOf = (page, name) => page.locator(".latest tbody tr", { hasText: name });
const connection = (page, words) =>
  page.getByTestId("connection").filter({ hasText: words }).waitFor();
const tile = (page, name) =>
  page.locator(".tile", { has: page.getByText(name, { exact: true }) }).locator(".tile-value");

test("shows predictions as they come, and what the server does", async () => {
  const { page, close } = await bench.open({ hash: "/#/monitoring" });
  await connection(page, "Live");
  await page.getByText("Nothing has been heard yet").waitFor();
  await page.getByText("Nothing has been heard since the server started.").waitFor();
  await page.getByText("Known as soon as the first recording has been heard.").waitFor();
  const heard = await predict(bench.server.url, "first.flac");
  await predict(bench.server.url, "second.flac", "a0060.flac");
  await rowOf(page, "second.flac").waitFor();
  const names = await page.locator(".latest .file-name").allInnerTexts();
  assert.deepEqual(names, ["second.flac", "first.flac"]);
  const first = rowOf(page, "first.flac");
  assert.equal(await first.locator("a").getAttribute("href"), `#/recording/${heard.id}`);
  assert.equal(await first.locator(".verdict").innerText(), `Sounds ${heard.verdict}`);
  const load = page.waitForFunction(
    () => document.querySelector(".mix")?.getAttribute("aria-label")?.startsWith("2 recordings"),
  );
  await load;
  assert.match(await tile(page, "Heard").innerText(), /^2\b/);
  assert.match(await tile(page, "Time for one").innerText(), /^[\d.]+\sms/);
  assert.match(await tile(page, "Model").innerText(), /^heartbeat\s*version/);
  assert.match(await tile(page, "Waiting").innerText(), /^0\s*of \d+ at most/);
  for (const title of ["Requests", "Time for one recording", "Queue"]) {
    const chart = page.locator(".chart-figure", { hasText: title }).getByRole("img").first();
    await chart.locator("canvas").waitFor();
    assert.match(await chart.getAttribute("aria-label"), /Now: .*\d/);
  }
  await close();
});

test("follows labels and deletions", async () => {
  const { id } = await predict(bench.server.url, "labelled.flac");
  const { page, close } = await bench.open({ hash: "/#/monitoring" });
  await rowOf(page, "labelled.flac").waitFor();
  await connection(page, "Live");
  const answer = await fetch(`${bench.server.url}/predictions/${id}/label`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ label: "abnormal", by: "Dr. A", comment: "" }),
  });
  assert.equal(answer.status, 200);
  await rowOf(page, "labelled.flac").getByText("abnormal", { exact: true }).waitFor();
  await fetch(`${bench.server.url}/predictions/${id}?by=Dr.%20A`, { method: "DELETE" });
  await rowOf(page, "labelled.flac").waitFor({ state: "detached" });
  await close();
});

test("stands still while it is paused, and then shows what it missed", async () => {
  const { page, close } = await bench.open({ hash: "/#/monitoring" });
  await connection(page, "Live");
  await page.getByRole("button", { name: "Pause" }).click();
  await connection(page, "Paused");
  const age = await tile(page, "Up for").innerText();
  await predict(bench.server.url, "missed.flac");
  await page.getByText("has heard 1 more recording").waitFor();
  assert.equal(await rowOf(page, "missed.flac").count(), 0);
  assert.equal(await tile(page, "Up for").innerText(), age);
  await page.getByRole("button", { name: "Go on" }).click();
  await rowOf(page, "missed.flac").waitFor();
  await connection(page, "Live");
  await close();
});

test("goes on by itself when the server was killed and started again", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "heartbeat-monitoring-"));
  let server = await startServer(program, model, { dataDir });
  const { port, url } = server;
  const { page, close } = await bench.open({ url, hash: "/#/monitoring", expected: DOWN });
  try {
    await connection(page, "Live");
    await predict(url, "before.flac");
    await rowOf(page, "before.flac").waitFor();
    await server.kill();
    await connection(page, "Reconnecting");
    await page.getByText("This page goes on by itself").waitFor();
    assert.equal(await rowOf(page, "before.flac").count(), 1);
    // A proxy answers while its server is gone: a browser takes that for the end of the stream.
    const proxy = createServer((_request, response) => response.writeHead(503).end()).listen(port);
    await page.waitForResponse((answer) => answer.url().endsWith("/events"));
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    server = await startServer(program, model, { port, dataDir });
    await connection(page, "Live");
    await page.getByText("The server was restarted").waitFor();
    await predict(url, "after.flac");
    await rowOf(page, "after.flac").waitFor();
    assert.equal(await rowOf(page, "before.flac").count(), 1);
    await page.getByText("This page goes on by itself").waitFor({ state: "detached" });
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  await close();
});

// A line to the server that can be cut.
async function line(port) {
  const sockets = new Set();
  let isCut = false;
  const proxy = createTcpServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      sockets.add(one);
      one.on("close", () => sockets.delete(one) && other.destroy());
      one.on("error", () => one.destroy());
      one.pipe(other);
    }
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close() {
      this.cut();
      proxy.close();
    },
  };
}

test("catches up with what was heard while it was not connected", async () => {
  const wire = await line(bench.server.port);
  const { page, close } = await bench.open({ url: wire.url, hash: "/#/monitoring", expected: DOWN });
  await connection(page, "Live");
  wire.cut();
  await connection(page, "Reconnecting");
  await predict(bench.server.url, "unseen.flac");
  assert.equal(await rowOf(page, "unseen.flac").count(), 0);
  wire.mend();
  await rowOf(page, "unseen.flac").waitFor();
  await connection(page, "Live");
  assert.equal(await page.getByText("The server was restarted").count(), 0);
  await close();
  wire.close();
});

test("without a model and without a history says so", async () => {
  const server = await startServer(program, "/nowhere.onnx");
  const { page, close } = await bench.open({
    url: server.url,
    hash: "/#/monitoring",
    expected: [/404/],
  });
  try {
    assert.match(await tile(page, "Model").innerText(), /^none loaded/);
    await page.getByText("This server keeps no history").waitFor();
  } finally {
    await close();
    await server.stop();
  }
  const bare = await startServer(program, model);
  const second = await bench.open({ url: bare.url, hash: "/#/monitoring", expected: [/404/] });
  try {
    await second.page.getByText("This server keeps no history").waitFor();
    await predict(bare.url, "passing.flac");
    await rowOf(second.page, "passing.flac").waitFor();
    assert.equal(await rowOf(second.page, "passing.flac").locator("a").count(), 0);
  } finally {
    await second.close();
    await bare.stop();
  }
});

test("opens as soon as the server is back, where it was gone", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "heartbeat-monitoring-"));
  let server = await startServer(program, model, { dataDir });
  const { port, url } = server;
  const { page, close } = await bench.open({ url, expected: DOWN });
  try {
    await server.stop();
    await page.getByRole("link", { name: "Monitoring" }).click();
    await page.getByText("This view opens by itself").waitFor();
    server = await startServer(program, model, { port, dataDir });
    await page.getByRole("heading", { name: "Monitoring", level: 1 }).waitFor();
    await connection(page, "Live");
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  await close();
});

test("of a page whose server was replaced by another version says how to go on", async () => {
  const { page, close } = await bench.open({ expected: [/404/] });
  await page.route("**/assets/monitoring-*", (route) => route.fulfill({ status: 404 }));
  await page.getByRole("link", { name: "Monitoring" }).click();
  const again = page.getByRole("button", { name: "load the page anew" });
  // The file stays missing until the page is anew: else the view could open by itself first.
  const anew = page.waitForEvent("load");
  await again.click();
  await anew;
  await page.unroute("**/assets/monitoring-*");
  await page.getByRole("heading", { name: "Monitoring", level: 1 }).waitFor();
  await close();
});

test("moves little for those who asked for that", async () => {
  const { page, close } = await bench.open({ hash: "/#/monitoring", reducedMotion: "reduce" });
  await connection(page, "Live");
  await predict(bench.server.url, "calm.flac");
  await rowOf(page, "calm.flac").waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  const chart = page.locator(".chart-figure", { hasText: "Requests" }).getByRole("img").first();
  await chart.locator("canvas").waitFor();
  const seen = async () => chart.locator("canvas").evaluate((canvas) => canvas.toDataURL());
  const changed = async (before) => {
    for (;;) {
      await page.waitForTimeout(100);
      if ((await seen()) !== before) return;
    }
  };
  await changed(await seen());
  const began = Date.now();
  await changed(await seen());
  assert.ok(Date.now() - began > 7000, `after ${Date.now() - began} ms`);
  await close();
});

test("has nothing serious for axe, and fits 360 and 2560 px", async () => {
  await predict(bench.server.url, "a_long_name_without_any_break_in_it_as_devices_like_to_write.flac");
  for (const [colorScheme, width] of [
    ["light", 360],
    ["dark", 2560],
  ]) {
    const viewport = { width, height: 800 };
    const { page, close } = await bench.open({ hash: "/#/monitoring", colorScheme, viewport });
    await rowOf(page, "a_long_name").waitFor();
    await page.locator(".chart canvas").first().waitFor();
    for (const details of await page.locator(".chart-table > summary").all()) await details.click();
    await page.waitForTimeout(2000); // until the rows have stopped to glow
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    assert.equal(await scrollsSideways(page), false, `at ${width}`);
    await close();
  }
});
