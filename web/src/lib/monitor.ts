// What Monitoring shows, made of the events as they come.

import type { LabelValue } from "../api/history";
import type { HistoryEntry, Load } from "../api/live";
import type { StreamState } from "./event_stream";

// One moment of the charts; null where nothing is known.
export interface Sample {
  time_s: number; // since 1970
  requestsPerSecond: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  waiting: number | null;
  busy: number | null;
}

export interface MonitorView {
  connection: StreamState;
  isPaused: boolean;
  missed: number; // predictions that came while it is paused
  load: Load | null;
  samples: readonly Sample[];
  predictions: readonly HistoryEntry[]; // newest first
  restartedAt: string | null; // when this page saw a server that began after the last
}

export const SHOWN_S = 300; // of the charts
export const SHOWN_PREDICTIONS = 25;
// A rate over one second jumps between 0 and 1 where little happens.
const RATE_S = 5;
// Between two starts: clocks are set now and then, and rounding differs.
const START_TOLERANCE_S = 1;

export class Monitor {
  private load: Load | null = null;
  private recent: Load[] = []; // from which a rate is taken
  private samples: Sample[] = [];
  private predictions: HistoryEntry[] = [];
  private deleted = new Set<string>();
  private labels = new Map<string, LabelValue | null>();
  private connection: StreamState = "connecting";
  private restartedAt: string | null = null;
  private frozen: MonitorView | null = null;
  private missed = 0;
  private snapshot: MonitorView = this.view();
  private readonly listeners = new Set<() => void>();

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): MonitorView => this.snapshot;

  onState = (state: StreamState): void => {
    if (state === "reconnecting" && this.connection !== "reconnecting") this.interrupt();
    this.connection = state;
    this.publish();
  };

  onLoad = (load: Load): void => {
    if (this.load && startOf(load) > startOf(this.load) + START_TOLERANCE_S) {
      this.restartedAt = load.timestamp;
      this.interrupt();
    }
    this.load = load;
    const time = secondsOf(load);
    this.recent = this.recent.filter((one) => time - secondsOf(one) <= RATE_S);
    const first = this.recent[0];
    this.recent.push(load);
    this.samples.push({
      time_s: time,
      requestsPerSecond: first ? rateOf(first, load) : null,
      p50: load.latency_ms.p50,
      p95: load.latency_ms.p95,
      p99: load.latency_ms.p99,
      waiting: load.queue.waiting,
      busy: load.queue.busy,
    });
    this.samples = this.samples.filter(({ time_s }) => time - time_s <= SHOWN_S);
    this.publish();
  };

  onPrediction = (entry: HistoryEntry): void => {
    const isNew = !this.predictions.some(({ id }) => id === entry.id);
    if (isNew && this.frozen) this.missed++;
    this.merge([entry]);
    this.publish();
  };

  // Of the history: what came before this page looked, or while it was not connected.
  onHistory = (entries: readonly HistoryEntry[]): void => {
    const before = new Set(this.predictions.map(({ id }) => id));
    const isFirst = before.size === 0;
    this.merge(entries);
    if (this.frozen && !isFirst) this.missed += entries.filter(({ id }) => !before.has(id)).length;
    this.publish();
  };

  onLabel = (id: string, label: LabelValue | null): void => {
    this.labels.set(id, label);
    this.predictions = this.predictions.map((one) => (one.id === id ? { ...one, label } : one));
    this.publish();
  };

  onDeletion = (id: string): void => {
    this.deleted.add(id);
    this.predictions = this.predictions.filter((one) => one.id !== id);
    this.publish();
  };

  pause(): void {
    this.missed = 0;
    this.frozen = this.view();
    this.publish();
  }

  resume(): void {
    this.frozen = null;
    this.missed = 0;
    this.publish();
  }

  private merge(entries: readonly HistoryEntry[]): void {
    const known = new Map(this.predictions.map((one) => [one.id, one]));
    for (const entry of entries) {
      if (this.deleted.has(entry.id)) continue;
      // An answer of the history may be older than an event about it.
      const label = this.labels.has(entry.id) ? (this.labels.get(entry.id) ?? null) : entry.label;
      known.set(entry.id, { ...entry, label });
    }
    this.predictions = [...known.values()]
      .sort((a, b) => b.timestamp.localeCompare(a.timestamp) || b.id.localeCompare(a.id))
      .slice(0, SHOWN_PREDICTIONS);
  }

  // Lines end here, and a rate begins anew.
  private interrupt(): void {
    const last = this.samples.at(-1);
    if (last) {
      this.samples.push({
        time_s: last.time_s + 0.5,
        requestsPerSecond: null,
        p50: null,
        p95: null,
        p99: null,
        waiting: null,
        busy: null,
      });
    }
    this.recent = [];
  }

  private view(): MonitorView {
    return {
      connection: this.connection,
      isPaused: false,
      missed: 0,
      load: this.load,
      samples: [...this.samples],
      predictions: this.predictions,
      restartedAt: this.restartedAt,
    };
  }

  // What is paused stands still, but for whether the server is there.
  private publish(): void {
    const { connection, missed } = this;
    this.snapshot = this.frozen
      ? { ...this.frozen, isPaused: true, connection, missed }
      : this.view();
    for (const listener of this.listeners) listener();
  }
}

// Not the uptime: a server that was away for long may be older than the last one was when it went.
function startOf(load: Load): number {
  return secondsOf(load) - load.uptime_seconds;
}

function secondsOf(load: Load): number {
  return Date.parse(load.timestamp) / 1000;
}

function rateOf(first: Load, last: Load): number | null {
  const passed = secondsOf(last) - secondsOf(first);
  const requests = last.requests_total - first.requests_total;
  return passed > 0 && requests >= 0 ? requests / passed : null;
}

export function highest(samples: readonly Sample[], key: keyof Sample): number | null {
  const values = samples.map((sample) => sample[key]).filter((value) => value !== null);
  return values.length > 0 ? Math.max(...values) : null;
}
