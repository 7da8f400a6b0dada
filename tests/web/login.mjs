// The dashboard in Chromium where the server has keys: logging in and out, and what ends a session.
//
//   node login.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Bench, drawn, scrollsSideways, seriousFindings, settle, startServer } from "./harness.mjs";

const bench = new Bench("usage: node login.mjs BIN DATA_DIR MODEL");
const { program, data, model } = bench;
const NOT_LOGGED_IN = [/status of 401/];

let folder;
let server;
const keys = (...words) =>
  execFileSync(program, ["keys", ...words, "--data-dir", folder], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "heartbeat-login-"));
  keys("add", "--name", "Administrator", "--scope", "admin");
  server = await startServer(program, model, { dataDir: folder });
});
after(async () => {
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const addKey = async (...words) => {
  const key = keys("add", ...words);
  server.reload();
  for (let i = 0; i < 100; ++i) {
    const answer = await fetch(`${server.url}/session`, { headers: { "X-API-Key": key } });
    if ((await answer.json()).key) return key;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server does not take note of a new key");
};

const open = (options = {}) => bench.open({ url: server.url, expected: NOT_LOGGED_IN, ...options });

async function logIn(page, key) {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Log in" }).click();
}

test("asks for a key, and says what is wrong with one", async () => {
  const { page, close } = await open({ hash: "/#/history" });
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  assert.equal(await page.getByRole("navigation").getByRole("link").count(), 0);
  assert.deepEqual(await seriousFindings(page), []);
  await page.setViewportSize({ width: 360, height: 700 });
  assert.equal(await scrollsSideways(page), false);
  await logIn(page, "hb_wrong");
  await page.getByRole("alert").getByText("no key that the server knows").waitFor();
  assert.equal(await page.getByLabel("API key").inputValue(), "hb_wrong");
  await close();
});

test("works with a cookie: sends, plays, listens, labels", async () => {
  const key = await addKey("--name", "ward 3", "--scope", "predict,read,label");
  const { page, close } = await open();
  await logIn(page, key);
  await page.getByText("ward 3").waitFor();
  const cookies = await page.context().cookies();
  assert.equal(cookies.length, 1);
  assert.equal(cookies[0].httpOnly, true);
  assert.equal(cookies[0].sameSite, "Strict");
  assert.ok(!JSON.stringify(cookies).includes(key));
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
  assert.ok(!stored.includes("hb_"), stored);

  await page.getByTestId("files").setInputFiles([join(data, "a0060.flac")]);
  await settle(page);
  await page.goto(`${server.url}/#/history`);
  await page.locator("a.file-name, .history a").first().click();
  await drawn(page);
  const audio = await page.evaluate(async () => {
    const id = location.hash.split("/")[2];
    return (await fetch(`predictions/${id}/audio`)).status;
  });
  assert.equal(audio, 200);
  await page.getByLabel("Your name").waitFor();
  assert.equal(await page.getByLabel("Your name").inputValue(), "ward 3");

  await page.getByRole("link", { name: "Monitoring" }).click();
  await page.getByText("Live", { exact: true }).waitFor();
  await close();
});

test("stays logged in over a reload, and logs out", async () => {
  const key = await addKey("--name", "ward 4", "--scope", "read");
  const { page, close } = await open();
  await logIn(page, key);
  await page.getByText("ward 4").waitFor();
  await page.reload();
  await page.getByText("ward 4").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  assert.equal((await page.context().cookies()).length, 0);
  await page.reload();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  await close();
});

test("says what the key may not do", async () => {
  const key = await addKey("--name", "reader", "--scope", "read");
  const { page, close } = await open({ expected: [...NOT_LOGGED_IN, /status of 403/] });
  await logIn(page, key);
  await page.getByText("reader").waitFor();
  await page.getByTestId("files").setInputFiles([join(data, "a0060.flac")]);
  await page.getByText("lacks the right `predict`").first().waitFor();
  await close();
});

test("notices that its key was revoked, and goes on with another", async () => {
  const key = await addKey("--name", "short-lived", "--scope", "read");
  const { page, close } = await open({ hash: "/#/monitoring" });
  await logIn(page, key);
  await page.getByText("Live", { exact: true }).waitFor();
  const listed = JSON.parse(keys("list", "--json"));
  keys("revoke", listed.find(({ name }) => name === "short-lived").id);
  server.reload();
  await page.getByText("The session has ended").waitFor();
  await logIn(page, await addKey("--name", "the next one", "--scope", "read"));
  await page.getByText("Live", { exact: true }).waitFor();
  await page.getByText("the next one").waitFor();
  await close();
});

test("needs no login where there are no keys", async () => {
  const { page, close } = await bench.open();
  assert.equal(await page.getByRole("button", { name: "Log out" }).count(), 0);
  assert.equal(await page.getByRole("heading", { name: "Log in" }).count(), 0);
  await close();
});
