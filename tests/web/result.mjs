// The dashboard in Chromium: one result of a server that keeps nothing, seen, heard and printed.
//
//   node result.mjs BIN DATA_DIR MODEL
//
//   BIN: the heartbeat program; DATA_DIR: tests/data; MODEL: an ONNX model.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { asPercent, asSeconds, Bench, openResult, settle } from "./harness.mjs";

const bench = new Bench("usage: node result.mjs BIN DATA_DIR MODEL");
const { data } = bench;

test("one recording shows its verdict large, and opens with the keyboard", async () => {
  const { page, close } = await bench.open();
  const path = join(data, "a0060.flac");
  const wanted = await bench.predict(path);
  await page.getByTestId("files").setInputFiles(path);
  await settle(page);
  assert.equal(await page.locator(".verdict-large").innerText(), "Sounds abnormal");
  assert.equal(
    await page.getByTestId("probability").innerText(),
    asPercent(wanted.probability_abnormal),
  );
  await page.locator("a.file-name").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "a0060.flac" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1");
  for (const text of [
    wanted.clinical_guidance.action,
    wanted.clinical_guidance.follow_up,
    wanted.disclaimer,
    wanted.recording.sha256,
    wanted.model.sha256,
    "FLAC, 2000 Hz",
  ]) {
    assert.equal(await page.getByText(text).first().isVisible(), true, text);
  }
  await close();
});

test("shows and plays each window of a recording below any browser's rate", async () => {
  const { page, close } = await bench.open();
  const wanted = await bench.predict(join(data, "a0060.flac"));
  await page.getByTestId("files").setInputFiles(join(data, "a0060.flac"));
  await settle(page);
  await openResult(page);
  const labels = await page.locator(".window").evaluateAll((all) => all.map((one) => one.title));
  assert.deepEqual(
    labels,
    wanted.windows.map(
      ({ start_s, end_s, probability_abnormal }) =>
        `${asSeconds(start_s)} to ${asSeconds(end_s)}: ${asPercent(probability_abnormal)} abnormal`,
    ),
  );
  const position = async () => Number(await page.locator(".wave").getAttribute("aria-valuenow"));
  assert.equal(await page.locator(".wave").getAttribute("aria-valuemax"), "20");
  await page.getByText("Loop").click(); // or it has ended before a slow machine looks
  await page.locator(".window").nth(2).click();
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await page.waitForFunction(() => {
    const now = Number(document.querySelector(".wave")?.getAttribute("aria-valuenow"));
    return now > 10.1 && now < 15;
  });
  await page.getByText("0.5×").click();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.locator(".wave").focus();
  await page.keyboard.press("Home");
  assert.equal(await position(), 0);
  await page.keyboard.press("ArrowRight");
  assert.equal(await position(), 1);
  await page.getByRole("button", { name: "Remove the mark" }).click();
  // The arrows go from window to window.
  await page.locator(".window").first().focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("title")), labels[1]);
  await close();
});

test("loops the part that is marked", async () => {
  const { page, close } = await bench.open();
  await page.getByTestId("files").setInputFiles(join(data, "formats", "a0001.mp3"));
  await settle(page);
  await openResult(page);
  await page.getByText("Loop").click();
  await page.locator(".plot").scrollIntoViewIfNeeded();
  const box = await page.locator(".plot").boundingBox();
  // From 1 s to 2 s of 8 s.
  await page.mouse.move(box.x + box.width / 8, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 5, box.y + 50, { steps: 4 });
  await page.mouse.move(box.x + box.width / 4, box.y + 50, { steps: 4 });
  await page.mouse.up();
  await page.getByText(/^(0\.9|1\.0|1\.1)–(1\.9|2\.0|2\.1) s$/).waitFor();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  // How far it came before it went back.
  const furthest = await page.evaluate(
    () =>
      new Promise((resolve) => {
        let last = 0;
        const look = setInterval(() => {
          const now = Number(document.querySelector(".wave")?.getAttribute("aria-valuenow"));
          if (now < last - 0.5) {
            clearInterval(look);
            resolve(last);
          }
          last = now;
        }, 20);
      }),
  );
  // Of 8 s; a slow machine is told late that the part has ended.
  assert.ok(furthest > 1.5 && furthest < 4, String(furthest));
  await close();
});

test("says so where a browser cannot play it", async () => {
  const { page, close } = await bench.open();
  await page.getByTestId("files").setInputFiles(join(data, "formats", "a0001_vorbis.ogg"));
  await settle(page);
  await page.locator("a.file-name").click();
  await page.getByText(/This browser cannot play .* at 2000 Hz/).waitFor();
  assert.ok((await page.locator(".window").count()) > 0);
  assert.equal(await page.getByRole("button", { name: "Play", exact: true }).count(), 0);
  await close();
});

test("the verdicts that a later model may give have words and icons too", async () => {
  const { page, close } = await bench.open();
  const real = await bench.predict(join(data, "b0002.flac"));
  for (const [verdict, words] of [
    ["uncertain", "Uncertain"],
    ["poor_quality", "Record again"],
  ]) {
    // The server's own answer with what tells of the verdict changed.
    const summary = `Such a verdict: ${verdict}.`;
    const clinical_guidance = { ...real.clinical_guidance, summary };
    await page.route("**/predict", (route) =>
      route.fulfill({ json: { ...real, verdict, clinical_guidance } }),
    );
    await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
    await settle(page);
    assert.equal(await page.locator(".verdict-large").innerText(), words);
    assert.equal(await page.locator(".verdict-large svg").count(), 1);
    // Why a good recording got no answer stands beside it; of a poor one its reasons do.
    assert.equal(await page.getByText(summary).count(), verdict === "uncertain" ? 1 : 0);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.unroute("**/predict");
  }
  await close();
});

test("a murmur is said where the model says of one and the recording is good", async () => {
  const { page, close } = await bench.open();
  const { murmur: _, ...real } = await bench.predict(join(data, "b0002.flac"));
  const murmur = { present: 0.825, unknown: 0.05, absent: 0.125 };
  const said = "Murmur: present 82.5\u00a0%, absent 12.5\u00a0%, cannot tell 5.0\u00a0%";
  for (const [json, lines] of [
    [{ ...real, murmur }, [said]],
    [real, []],
    [{ ...real, murmur, verdict: "poor_quality" }, []],
  ]) {
    // The server's own answer with what such a model adds.
    await page.route("**/predict", (route) => route.fulfill({ json }));
    await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
    await settle(page);
    assert.deepEqual(await page.getByTestId("murmur").allInnerTexts(), lines);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.unroute("**/predict");
  }
  await close();
});

test("is printed on one page", async () => {
  const { page, close } = await bench.open({ colorScheme: "dark" });
  await page.getByTestId("files").setInputFiles(join(data, "a0060.flac"));
  await settle(page);
  await openResult(page);
  const pdf = (await page.pdf({ format: "A4", printBackground: true })).toString("latin1");
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1);
  await close();
});

test("is gone with its tab, and the page says so", async () => {
  const { page, close } = await bench.open();
  await page.getByTestId("files").setInputFiles(join(data, "b0002.flac"));
  await settle(page);
  await openResult(page);
  await page.getByText("This server keeps no history").waitFor();
  for (const name of ["Delete", "Save the label", "Original"]) {
    assert.equal(await page.getByText(name, { exact: true }).count(), 0, name);
  }
  await page.reload();
  await page.getByRole("heading", { name: "This recording is not here" }).waitFor();
  await page.getByRole("link", { name: "History" }).first().click();
  await page.getByRole("heading", { name: "This server keeps no history" }).waitFor();
  await page.goto(`${bench.server.url}/#/nowhere`);
  await page.getByText("There is nothing at this address").waitFor();
  await close();
});
