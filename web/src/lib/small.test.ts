import { expect, test } from "vitest";
import type { FigureGroup, Prediction } from "../api/types";
import { nextChunk, sharesSent } from "./chunk";
import { soundsOf } from "./files";
import type { Item } from "./queue";
import { NOTHING_KNOWN } from "./queue";
import { retryAfterSeconds } from "./retry";
import { parseRoute } from "./route";
import { sortItems } from "./sort";
import {
  isSmall,
  murmurWords,
  percent,
  plural,
  seconds,
  shortSpan,
  spreadOf,
  wholePercent,
} from "./words";

test("a chunk is bounded by files and by bytes, and holds one file at least", () => {
  const files = [5, 5, 5, 5].map((size) => ({ size }));
  expect(nextChunk(files, { maxFiles: 3, maxBytes: 100 })).toHaveLength(3);
  expect(nextChunk(files, { maxFiles: 9, maxBytes: 14 })).toHaveLength(2);
  expect(nextChunk(files, { maxFiles: 9, maxBytes: 1 })).toHaveLength(1);
  expect(nextChunk([], { maxFiles: 9, maxBytes: 1 })).toHaveLength(0);
});

test("files are sent one after the other", () => {
  expect(sharesSent([100, 100], 0, 220)).toEqual([0, 0]);
  expect(sharesSent([100, 100], 55, 220)).toEqual([0.5, 0]);
  expect(sharesSent([100, 100], 165, 220)).toEqual([1, 0.5]);
  expect(sharesSent([100, 100], 220, 220)).toEqual([1, 1]);
  expect(sharesSent([100, 0, 100], 220, 220)).toEqual([1, 1, 1]);
});

test("Retry-After is seconds or a date, and is bounded", () => {
  const now = new Date("2026-01-31T12:00:00Z");
  expect(retryAfterSeconds("7", now)).toBe(7);
  expect(retryAfterSeconds("0", now)).toBe(0);
  expect(retryAfterSeconds("Sat, 31 Jan 2026 12:00:09 GMT", now)).toBe(9);
  expect(retryAfterSeconds("Sat, 31 Jan 2026 11:00:00 GMT", now)).toBe(0);
  expect(retryAfterSeconds("99999", now)).toBe(120);
  for (const none of [null, "", "soon", "-5"])
    expect(retryAfterSeconds(none, now)).toBeLessThanOrEqual(1);
});

function item(name: string, verdict?: Prediction["verdict"], probability = 0, duration = 5): Item {
  const prediction = {
    verdict,
    probability_abnormal: probability,
    recording: { duration_s: duration },
  };
  const base: Item = {
    id: name,
    name,
    file: new File([], name),
    about: NOTHING_KNOWN,
    state: "failed",
    sent: 1,
  };
  return verdict ? { ...base, state: "done", prediction: prediction as Prediction } : base;
}

test("results are sorted by each column, and those without a number stand last", () => {
  const items = [item("a10", "normal", 0.2, 9), item("bad"), item("a2", "abnormal", 0.9, 7)];
  const names = (key: Parameters<typeof sortItems>[1]["key"], descending = false) =>
    sortItems(items, { key, descending }).map(({ name }) => name);
  expect(names("added")).toEqual(["a10", "bad", "a2"]);
  expect(names("name")).toEqual(["a2", "a10", "bad"]);
  expect(names("name", true)).toEqual(["bad", "a10", "a2"]);
  expect(names("verdict")).toEqual(["a2", "a10", "bad"]);
  expect(names("probability")).toEqual(["a10", "a2", "bad"]);
  expect(names("probability", true)).toEqual(["a2", "a10", "bad"]);
  expect(names("duration", true)).toEqual(["a10", "a2", "bad"]);
});

test("of a folder only sounds are taken", () => {
  const named = ["x/a.WAV", "x/b.flac", "x/notes.txt", "x/.c.wav", "x/d"].map((name) => ({
    name,
    file: new File([], name),
  }));
  expect(soundsOf(named).map(({ name }) => name)).toEqual(["x/a.WAV", "x/b.flac"]);
});

test("addresses behind the # name the views", () => {
  for (const listen of ["", "#", "#/", "#/listen"])
    expect(parseRoute(listen)).toEqual({ page: "listen" });
  for (const page of ["model", "monitoring", "training"] as const)
    expect(parseRoute(`#/${page}`)).toEqual({ page });
  expect(parseRoute("#/recording/7")).toEqual({ page: "recording", id: "7" });
  expect(parseRoute("#/history")).toEqual({ page: "history", query: "" });
  expect(parseRoute("#/history?file_name=a/b%3F?&class=normal")).toEqual({
    page: "history",
    query: "file_name=a/b%3F?&class=normal",
  });
  for (const other of ["#/recording", "#/model/7", "#/history/7", "#/recording/7/8"]) {
    expect(parseRoute(other)).toEqual({ page: "unknown" });
  }
});

test("a murmur is three shares in words", () => {
  expect(murmurWords({ present: 0.82, unknown: 0.0796, absent: 0.1004 })).toBe(
    "present 82.0\u00a0%, absent 10.0\u00a0%, cannot tell 8.0\u00a0%",
  );
});

test("figures are words", () => {
  const plain = (text: string) => text.replaceAll("\u00a0", " ");
  expect(percent(0.9816)).toBe("98.2\u00a0%");
  expect(plain(percent(0.9999))).toBe("> 99.9 %");
  expect(plain(percent(0.0001))).toBe("< 0.1 %");
  expect(plain(percent(0))).toBe("0.0 %");
  expect(plain(percent(1))).toBe("100.0 %");
  expect([0, 0.001, 0.444, 0.996, 1].map(wholePercent)).toEqual(["0", "1", "44", "99", "100"]);
  expect(plain(seconds(20))).toBe("20.0 s");
  expect(plain(seconds(125))).toBe("2 min 5 s");
  expect(plain(seconds(7500))).toBe("2 h 5 min");
  expect(plain(seconds(200_000))).toBe("2 days 7 h");
  expect([0.05, 0.625, 1.25].map((span) => plain(shortSpan(span)))).toEqual([
    "50 ms",
    "625 ms",
    "1.3 s",
  ]);
  expect(plural(1, "recording")).toBe("1 recording");
  expect(plural(2, "recording")).toBe("2 recordings");
});

test("the spread leaves small databases and the sum out", () => {
  const group = (database: string, count: number, value: number): FigureGroup => ({
    database,
    normal: count,
    abnormal: count,
    refused: 0,
    confusion_matrix: null,
    measures: { macc: { value, low: null, high: null } },
  });
  const groups = [
    group("all", 100, 0.1),
    group("a", 50, 0.7),
    group("b", 50, 0.9),
    group("c", 3, 0.2),
  ];
  const spread = spreadOf(groups, "macc");
  expect([spread?.lowest.database, spread?.highest.database]).toEqual(["a", "b"]);
  expect(spreadOf(groups.slice(0, 2), "macc")).toBeNull();
  expect(spreadOf(groups, "auroc")).toBeNull();
  expect(groups.map(isSmall)).toEqual([false, false, false, true]);
});
