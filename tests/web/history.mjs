// The dashboard in Chromium: the history, found, labelled, exported and deleted.
//
//   node history.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  asPercent,
  Bench,
  scrollsSideways,
  seriousFindings,
  settle,
  startServer,
} from "./harness.mjs";

const bench = new Bench("usage: node history.mjs BIN DATA_DIR MODEL", { keeps: true });
const { program, data, model } = bench;

const names = (page) => page.locator(".history a.file-name").allInnerTexts();
const kept = async (query = "") =>
  (await (await fetch(`${bench.server.url}/predictions${query}`)).json()).predictions;
const focused = (page) => page.evaluate(() => document.activeElement?.textContent);

// Until the table shows these, from top to bottom.
async function shows(page, wanted) {
  await page.waitForFunction(
    (texts) =>
      JSON.stringify(
        [...document.querySelectorAll(".history a.file-name")].map((a) => a.innerText),
      ) === texts,
    JSON.stringify(wanted),
  );
}

test("an empty history says what will be in it", async () => {
  const { page, close } = await bench.open({ hash: "/#/history" });
  await page.getByRole("heading", { name: "Nothing has been heard yet" }).waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole("link", { name: "Listen to a heart" }).click();
  await page.getByRole("heading", { name: "Listen to a heart" }).waitFor();
  await close();
});

test("shows what the server keeps, newest first", async () => {
  await bench.predict(join(data, "b0002.flac"), "b0002.flac", {
    patient_ref: "p 1",
    location: "AV",
  });
  await bench.predict(join(data, "a0060.flac"), "a0060.flac", {
    patient_ref: "p 1",
    location: "MV",
  });
  await bench.predict(join(data, "e00001.flac"), "e00001.flac");
  const wanted = await kept();
  assert.equal(wanted.length, 3);
  const { page, close } = await bench.open({ hash: "/#/history" });
  await shows(page, ["e00001.flac", "a0060.flac", "b0002.flac"]);
  const row = page.locator(".history tbody tr").nth(1);
  const text = await row.innerText();
  assert.ok(text.includes("p 1 · Mitral valve"), text);
  assert.ok(text.includes("Sounds abnormal"), text);
  assert.ok(text.includes(asPercent(wanted[1].probability_abnormal)), text);
  await page.getByText("That is all of it.").waitFor();
  await close();
});

test("is filtered by each field, in an address that can be kept", async () => {
  await bench.predict(join(data, "a0140.flac"), "A 100%&.flac", { patient_ref: "p 2" });
  const [, , abnormal] = await kept();
  assert.equal(abnormal.file_name, "a0060.flac");
  await fetch(`${bench.server.url}/predictions/${abnormal.id}/label`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ label: "normal", by: "Dr. B" }),
  });
  const { page, close } = await bench.open({ hash: "/#/history" });
  const all = ["A 100%&.flac", "e00001.flac", "a0060.flac", "b0002.flac"];
  await shows(page, all);
  const reset = async () => {
    await page.getByRole("button", { name: "Show all" }).click();
    await shows(page, all);
  };
  await page.getByLabel("Name begins with").fill("a");
  await shows(page, ["A 100%&.flac", "a0060.flac"]);
  await page.getByLabel("Name begins with").fill("a 100%&");
  await shows(page, ["A 100%&.flac"]);
  await page.reload();
  await shows(page, ["A 100%&.flac"]);
  assert.equal(await page.getByLabel("Name begins with").inputValue(), "a 100%&");
  await reset();
  await page.getByLabel("Patient reference").fill("p 1");
  await shows(page, ["a0060.flac", "b0002.flac"]);
  assert.match(page.url(), /#\/history\?patient_ref=p\+1$/);
  await reset();
  await page.getByLabel("Verdict").selectOption("abnormal");
  await shows(page, ["a0060.flac"]);
  await page.getByLabel("Class").selectOption("normal");
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await page.getByRole("link", { name: "Show all" }).click();
  await shows(page, all);
  await page.getByRole("combobox", { name: "Label" }).selectOption("any");
  await shows(page, ["a0060.flac"]);
  await page.locator(".history td.wide-only", { hasText: "Corrected to normal" }).waitFor();
  await page.getByRole("combobox", { name: "Label" }).selectOption("none");
  await shows(page, ["A 100%&.flac", "e00001.flac", "b0002.flac"]);
  await reset();
  const today = await page.evaluate(() => new Date().toLocaleDateString("sv"));
  await page.getByLabel("From").fill(today);
  await page.getByLabel("Until").fill(today);
  await page.waitForFunction((day) => location.hash.endsWith(`from=${day}&until=${day}`), today);
  await shows(page, all);
  await page.getByLabel("From").fill("2001-01-01");
  await page.getByLabel("Until").fill("2001-12-31");
  await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
  await close();
});

test("the CSV is the server's, with the same filters", async () => {
  const { page, close } = await bench.open({ hash: "/#/history?patient_ref=p+1" });
  await shows(page, ["a0060.flac", "b0002.flac"]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  const wanted = await fetch(`${bench.server.url}/predictions.csv?patient_ref=p+1`);
  assert.equal(readFileSync(await download.path(), "utf8"), await wanted.text());
  await close();
});

test("is worked with the keyboard alone", async () => {
  const { page, close } = await bench.open({ hash: "/#/history" });
  await shows(page, ["A 100%&.flac", "e00001.flac", "a0060.flac", "b0002.flac"]);
  await page.locator(".history a.file-name").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(page), "e00001.flac");
  await page.keyboard.press("End");
  assert.equal(await focused(page), "b0002.flac");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "a0060.flac" }).waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.activeElement?.textContent === "a0060.flac");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("l");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Label b0002.flac").waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await dialog.getByText("Unsure", { exact: true }).click();
  await dialog.getByLabel("Your name").fill("Dr. C");
  await dialog.getByRole("button", { name: "Save the label" }).click();
  await dialog.waitFor({ state: "hidden" });
  const row = page.locator(".history tbody tr").nth(3);
  assert.match(await row.innerText(), /Unsure/);
  assert.equal((await kept("?file_name=b0002"))[0].label, "unsure");
  await close();
});

test("deletes what was selected, after saying what is lost, in a name", async () => {
  const { page, close } = await bench.open({ hash: "/#/history", expected: [/500/] });
  await shows(page, ["A 100%&.flac", "e00001.flac", "a0060.flac", "b0002.flac"]);
  await page.locator(".history a.file-name").first().focus();
  await page.keyboard.press(" ");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press(" ");
  await page.getByText("2 recordings selected").waitFor();
  await page.keyboard.press("Delete");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Delete 2 recordings?").waitFor();
  await dialog.getByText("Lost for good").waitFor();
  assert.deepEqual(await dialog.locator("li").allInnerTexts(), ["A 100%&.flac", "e00001.flac"]);
  assert.deepEqual(await seriousFindings(page), []);
  await dialog.getByRole("button", { name: "Keep" }).click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal((await kept()).length, 4);
  await page.getByRole("button", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("Say who deletes it.").waitFor();
  await dialog.getByLabel("Your name").fill("Dr. D & Co");
  // The second one is refused: it stays, and the page says so.
  const asked = [];
  await page.route("**/predictions/*", (route) => {
    if (route.request().method() !== "DELETE") return route.continue();
    asked.push(new URL(route.request().url()).searchParams.get("by"));
    return asked.length === 2 ? route.fulfill({ status: 500 }) : route.continue();
  });
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.getByText("1 recording is still there").waitFor();
  await shows(page, ["e00001.flac", "a0060.flac", "b0002.flac"]);
  await dialog.getByRole("button", { name: "Delete" }).click();
  await dialog.waitFor({ state: "hidden" });
  await shows(page, ["a0060.flac", "b0002.flac"]);
  assert.deepEqual(asked, ["Dr. D & Co", "Dr. D & Co", "Dr. D & Co"]);
  assert.equal((await kept()).length, 2);
  await close();
});

test("a long history stays small in the page, and both ends are reached", async () => {
  const form = new FormData();
  const sound = new Blob([readFileSync(join(data, "b0002.flac"))]);
  for (let i = 0; i < 380; i++) form.append("files", sound, `r${String(i).padStart(3, "0")}.flac`);
  const answer = await fetch(`${bench.server.url}/batch-predict`, { method: "POST", body: form });
  assert.equal(answer.status, 200);
  const { page, close } = await bench.open({ hash: "/#/history" });
  const oldest = (await names(page)).at(-1);
  await page.locator(".history tbody tr").nth(49).waitFor();
  assert.notEqual(oldest, "b0002.flac");
  for (;;) {
    const last = (await names(page)).at(-1);
    assert.ok((await names(page)).length <= 300);
    if (last === "b0002.flac") break;
    await page.getByRole("button", { name: "Older" }).click();
    await page.waitForFunction(
      (was) => [...document.querySelectorAll(".history a.file-name")].at(-1)?.innerText !== was,
      last,
    );
  }
  await page.getByText("That is all of it.").waitFor();
  const newest = (await kept())[0].file_name;
  for (;;) {
    const first = (await names(page))[0];
    assert.ok((await names(page)).length <= 300);
    if (first === newest) break;
    await page.getByRole("button", { name: "Newer" }).click();
    await page.waitForFunction(
      (was) => document.querySelector(".history a.file-name")?.innerText !== was,
      first,
    );
  }
  assert.equal(await page.getByRole("button", { name: "Newer" }).count(), 0);
  await close();
});

test("has nothing serious for axe, and fits 360 px and 2560 px", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await bench.open({ hash: "/#/history?file_name=r00", colorScheme });
    await page.locator(".history tbody tr").nth(9).waitFor();
    assert.deepEqual(await seriousFindings(page), [], colorScheme);
    await close();
  }
  for (const width of [360, 2560]) {
    const viewport = { width, height: 800 };
    const { page, close } = await bench.open({ hash: "/#/history?file_name=r00", viewport });
    await page.locator(".history tbody tr").nth(9).waitFor();
    assert.equal(await scrollsSideways(page), false, String(width));
    await close();
  }
});

test("waits for a server that is gone, and goes on by itself", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "heartbeat-dashboard-"));
  const first = await startServer(program, model, { dataDir });
  let again;
  const { page, close } = await bench.open({ url: first.url, expected: [/ERR_/] });
  try {
    await page.getByRole("link", { name: "History" }).click();
    await page.getByRole("heading", { name: "Nothing has been heard yet" }).waitFor();
    await first.stop();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("The history comes back by itself.").waitFor();
    again = await startServer(program, model, { dataDir, port: first.port });
    await page.getByRole("heading", { name: "Nothing has been heard yet" }).waitFor();
    // What is heard in between is there when one comes back.
    await page.getByRole("link", { name: "Listen", exact: true }).click();
    await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
    await settle(page);
    await page.getByRole("link", { name: "History" }).first().click();
    await shows(page, ["b0002.flac"]);
  } finally {
    await first.stop();
    await again?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  await close();
});
