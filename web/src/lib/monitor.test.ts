import { expect, test } from "vitest";
import type { HistoryEntry, Load } from "../api/live";
import { highest, Monitor, SHOWN_PREDICTIONS, SHOWN_S } from "./monitor";

const BEGIN = Date.parse("2026-01-31T12:00:00Z");

function load(second: number, uptime: number, requests: number): Load {
  return {
    timestamp: new Date(BEGIN + second * 1000).toISOString(),
    uptime_seconds: uptime,
    model_loaded: true,
    model: { name: "heartbeat", version: "1", sha256: "ab" },
    requests_total: requests,
    requests_in_flight: 0,
    queue: { waiting: 1, limit: 64, busy: 2, threads: 2 },
    connections: { open: 1, limit: 1024 },
    predictions_served: requests,
    latency_ms: { p50: 10, p95: 20, p99: second },
    verdicts: { normal: 1, abnormal: 0, uncertain: 0, poor_quality: 0 },
  };
}

function entry(id: string, second: number): HistoryEntry {
  return {
    id,
    file_name: `${id}.wav`,
    timestamp: new Date(BEGIN + second * 1000).toISOString(),
    predicted_class: "normal",
    probability_abnormal: 0.1,
    verdict: "normal",
    label: null,
  };
}

const ids = (monitor: Monitor) => monitor.getSnapshot().predictions.map(({ id }) => id);
const rates = (monitor: Monitor) =>
  monitor.getSnapshot().samples.map(({ requestsPerSecond }) => requestsPerSecond);

test("a rate is that of the last five seconds, and not known at first", () => {
  const monitor = new Monitor();
  [0, 2, 4, 6, 8, 10, 110].forEach((requests, i) => monitor.onLoad(load(i, 60 + i, requests)));
  expect(rates(monitor)).toEqual([null, 2, 2, 2, 2, 2, (110 - 2) / 5]);
  expect(highest(monitor.getSnapshot().samples, "p99")).toBe(6);
  expect(highest([], "p99")).toBeNull();
});

test("only the last minutes are kept", () => {
  const monitor = new Monitor();
  for (let i = 0; i < SHOWN_S + 100; i++) monitor.onLoad(load(i, 60 + i, i));
  expect(monitor.getSnapshot().samples).toHaveLength(SHOWN_S + 1);
});

test("a younger server is a restart: lines end, and no rate spans it", () => {
  const monitor = new Monitor();
  monitor.onLoad(load(0, 500, 1000));
  monitor.onLoad(load(1, 501, 1010));
  monitor.onLoad(load(9, 2, 3));
  monitor.onLoad(load(10, 3, 5));
  expect(rates(monitor)).toEqual([null, 10, null, null, 2]);
  const { samples, restartedAt } = monitor.getSnapshot();
  expect(samples[2]?.p50).toBeNull();
  expect(restartedAt).toBe(load(9, 0, 0).timestamp);
});

test("a server that was away for longer than it had run is restarted too", () => {
  const monitor = new Monitor();
  monitor.onLoad(load(2, 2, 5));
  monitor.onLoad(load(20, 8, 1));
  expect(monitor.getSnapshot().restartedAt).toBe(load(20, 0, 0).timestamp);
});

test("a lost connection ends the lines too, and is no restart", () => {
  const monitor = new Monitor();
  monitor.onState("live");
  monitor.onLoad(load(0, 500, 1000));
  monitor.onState("reconnecting");
  monitor.onState("reconnecting");
  monitor.onState("live");
  monitor.onLoad(load(30, 530, 1060));
  expect(rates(monitor)).toEqual([null, null, null]);
  expect(monitor.getSnapshot().restartedAt).toBeNull();
});

test("predictions are listed once, newest first, and not without end", () => {
  const monitor = new Monitor();
  monitor.onPrediction(entry("b", 2));
  monitor.onHistory([entry("b", 2), entry("a", 1)]);
  monitor.onPrediction(entry("c", 3));
  expect(ids(monitor)).toEqual(["c", "b", "a"]);
  for (let i = 0; i < 2 * SHOWN_PREDICTIONS; i++) monitor.onPrediction(entry(`n${i}`, 10 + i));
  expect(ids(monitor)).toHaveLength(SHOWN_PREDICTIONS);
  expect(ids(monitor)[0]).toBe(`n${2 * SHOWN_PREDICTIONS - 1}`);
});

test("labels and deletions hold, whatever an older answer says", () => {
  const monitor = new Monitor();
  monitor.onHistory([entry("b", 2), entry("a", 1)]);
  monitor.onLabel("a", "abnormal");
  monitor.onDeletion("b");
  monitor.onHistory([entry("b", 2), entry("a", 1)]);
  expect(monitor.getSnapshot().predictions.map(({ id, label }) => [id, label])).toEqual([
    ["a", "abnormal"],
  ]);
});

test("what is paused stands still, counts what it misses, and shows all of it at the end", () => {
  const monitor = new Monitor();
  monitor.onState("live");
  monitor.onLoad(load(0, 10, 0));
  monitor.onHistory([entry("a", 0)]);
  monitor.pause();
  monitor.onLoad(load(1, 11, 1));
  monitor.onPrediction(entry("b", 1));
  monitor.onPrediction(entry("b", 1));
  monitor.onHistory([entry("c", 2), entry("b", 1), entry("a", 0)]);
  monitor.onState("reconnecting");
  const paused = monitor.getSnapshot();
  expect([paused.isPaused, paused.missed, paused.connection]).toEqual([true, 2, "reconnecting"]);
  expect(ids(monitor)).toEqual(["a"]);
  expect(paused.load?.uptime_seconds).toBe(10);
  monitor.resume();
  expect(ids(monitor)).toEqual(["c", "b", "a"]);
  expect([monitor.getSnapshot().isPaused, monitor.getSnapshot().missed]).toEqual([false, 0]);
  expect(monitor.getSnapshot().load?.uptime_seconds).toBe(11);
});
