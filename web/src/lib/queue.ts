// The recordings of this tab: sent in chunks, one request at a time, until each has its answer. Waits
// out a busy server, one without a model and a lost connection by itself.

import type { Location, Prediction } from "../api/types";
import type { ChunkLimits } from "./chunk";
import { CHUNK_LIMITS, nextChunk, sharesSent } from "./chunk";
import { sleep } from "./retry";

export type ItemState = "waiting" | "sending" | "hearing" | "done" | "failed" | "cancelled";

// What is known of a recording besides its sound; sent with it.
export interface About {
  patientRef: string; // a pseudonym; "": not given
  location: Location | "";
}

export const NOTHING_KNOWN: About = { patientRef: "", location: "" };

export interface Item {
  id: string;
  name: string; // with its folder, where it came in one
  file: File;
  about: About;
  state: ItemState;
  sent: number; // the share that has been sent, 0 to 1
  prediction?: Prediction;
  error?: string;
}

// Why nothing is sent at this moment.
export type Pause = "busy" | "no-model" | "offline";

export interface Snapshot {
  items: readonly Item[];
  pause: Pause | null;
  about: About; // of what is added next
}

export type Outcome = { prediction: Prediction } | { error: string };

export type Reply =
  | { kind: "answered"; outcomes: Outcome[] } // one for each file, in order
  | { kind: "unsupported" } // no such route: an older server
  | { kind: "busy"; afterSeconds: number }
  | { kind: "no-model" }
  | { kind: "offline" }
  | { kind: "refused"; error: string } // the request as a whole
  | { kind: "aborted" };

export interface Transport {
  // `onSent`: bytes of `total` of the form are on their way.
  send(
    route: "predict" | "batch-predict",
    files: readonly File[],
    onSent: (sent: number, total: number) => void,
    signal: AbortSignal,
    about: About,
  ): Promise<Reply>;
  // Whether predictions would be taken now.
  isReady(): Promise<boolean>;
}

const READY_EVERY_MS = 2000;
// A connection that breaks while the server is well is not tried for ever: something about these files
// breaks it, such as a proxy's limit.
const TRIES = 3;
const BROKEN =
  "The connection broke while this file was being sent, and the server is well. It may be larger than " +
  "a proxy on the way takes.";

export class ListeningQueue {
  private items: Item[] = [];
  private pause: Pause | null = null;
  private about: About = NOTHING_KNOWN;
  private snapshot: Snapshot = { items: [], pause: null, about: NOTHING_KNOWN };
  private readonly listeners = new Set<() => void>();
  private running = false;
  private knowsBatches = true;
  private nextId = 1;
  private broken = new Map<string, number>(); // item -> connections that broke while the server was well
  // Of the request that is out, or of the wait for the next one.
  private inFlight: { ids: Set<string>; abort: AbortController } | null = null;
  private wait = new AbortController();

  constructor(
    private readonly transport: Transport,
    private readonly limits: ChunkLimits = CHUNK_LIMITS,
    private readonly readyEveryMs: number = READY_EVERY_MS,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): Snapshot => this.snapshot;

  add(files: readonly { file: File; name: string }[]): void {
    for (const { file, name } of files) {
      const id = String(this.nextId++);
      this.items.push({ id, name, file, about: this.about, state: "waiting", sent: 0 });
    }
    this.publish();
    void this.run();
  }

  setAbout(about: About): void {
    this.about = about;
    this.publish();
  }

  // Others of the same request are sent again.
  cancel(id: string): void {
    const item = this.items.find((one) => one.id === id);
    if (!item || !isOpen(item)) return;
    this.change(id, { state: "cancelled", sent: 0 });
    if (this.inFlight?.ids.has(id)) this.inFlight.abort.abort();
    this.publish();
  }

  cancelAll(): void {
    for (const item of this.items) {
      if (isOpen(item)) this.change(item.id, { state: "cancelled", sent: 0 });
    }
    this.inFlight?.abort.abort();
    this.wake();
    this.publish();
  }

  // Forgets everything, and stops what is under way. The next patient is another one.
  clear(): void {
    this.cancelAll();
    this.items = [];
    this.about = NOTHING_KNOWN;
    this.broken.clear();
    this.publish();
  }

  private wake(): void {
    this.wait.abort();
    this.wait = new AbortController();
  }

  private change(id: string, changed: Partial<Item>): void {
    this.items = this.items.map((item) => (item.id === id ? { ...item, ...changed } : item));
  }

  private publish(): void {
    this.snapshot = { items: this.items, pause: this.pause, about: this.about };
    for (const listener of this.listeners) listener();
  }

  private setPause(pause: Pause | null): void {
    this.pause = pause;
    this.publish();
  }

  private waiting(): Item[] {
    return this.items.filter((item) => item.state === "waiting");
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      while (this.waiting().length > 0) {
        const waiting = this.waiting();
        const isSuspect = waiting[0] && this.broken.has(waiting[0].id);
        const first =
          this.knowsBatches && !isSuspect
            ? nextChunk(
                alike(waiting).map((item) => ({ item, size: item.file.size })),
                this.limits,
              ).map(({ item }) => item)
            : waiting.slice(0, 1);
        await this.hear(first);
      }
    } finally {
      this.running = false;
      this.setPause(null);
    }
  }

  // Sends them in one request. Where that leads to no answer, they wait again or are sent one by one.
  private async hear(items: Item[]): Promise<void> {
    const isBatch = items.length > 1;
    const reply = await this.sendAll(items);
    const still = (item: Item) => {
      const now = this.items.find((one) => one.id === item.id);
      return now !== undefined && isOpen(now);
    };
    if (reply.kind === "answered" && reply.outcomes.length === items.length) {
      items.forEach((item, i) => {
        const outcome = reply.outcomes[i];
        if (!outcome || !still(item)) return;
        this.change(item.id, {
          sent: 1,
          state: "prediction" in outcome ? "done" : "failed",
          ...outcome,
        });
      });
      this.publish();
      return;
    }
    const error =
      reply.kind === "refused"
        ? reply.error
        : reply.kind === "unsupported"
          ? "This server does not hear recordings at this address."
          : "The server's answer cannot be read.";
    const back = items.filter(still);
    const isFinal = ["answered", "refused", "unsupported"].includes(reply.kind);
    for (const item of back) {
      const failed = isFinal && !isBatch;
      this.change(item.id, failed ? { state: "failed", error } : { state: "waiting", sent: 0 });
    }
    this.publish();
    if (reply.kind === "unsupported" && isBatch) this.knowsBatches = false;
    if ((reply.kind === "refused" || reply.kind === "answered") && isBatch) {
      for (const item of back) if (still(item)) await this.hear([item]);
    }
    if (reply.kind === "busy") await this.waitFor("busy", reply.afterSeconds * 1000);
    if (reply.kind === "no-model") await this.waitUntilReady("no-model");
    if (reply.kind === "offline" && (await this.waitUntilReady("offline"))) {
      for (const item of back) this.countBroken(item.id);
    }
  }

  private countBroken(id: string): void {
    const tries = (this.broken.get(id) ?? 0) + 1;
    this.broken.set(id, tries);
    const isWaiting = this.waiting().some((item) => item.id === id);
    if (tries >= TRIES && isWaiting) this.change(id, { state: "failed", error: BROKEN });
    this.publish();
  }

  private async sendAll(items: Item[]): Promise<Reply> {
    const abort = new AbortController();
    this.inFlight = { ids: new Set(items.map((item) => item.id)), abort };
    for (const item of items) this.change(item.id, { state: "sending", sent: 0 });
    this.publish();
    const sizes = items.map((item) => item.file.size);
    const onSent = (sent: number, total: number) => {
      if (abort.signal.aborted) return;
      sharesSent(sizes, sent, total).forEach((share, i) => {
        const id = items[i]?.id;
        if (id) this.change(id, { sent: share, state: share >= 1 ? "hearing" : "sending" });
      });
      this.publish();
    };
    try {
      return await this.transport.send(
        items.length > 1 ? "batch-predict" : "predict",
        items.map((item) => item.file),
        onSent,
        abort.signal,
        items[0]?.about ?? NOTHING_KNOWN,
      );
    } finally {
      this.inFlight = null;
    }
  }

  private async waitFor(pause: Pause, milliseconds: number): Promise<void> {
    this.setPause(pause);
    await sleep(milliseconds, this.wait.signal);
    this.setPause(null);
  }

  // Gives whether the server was well when it was first asked.
  private async waitUntilReady(pause: Pause): Promise<boolean> {
    this.setPause(pause);
    let asked = 0;
    while (this.waiting().length > 0) {
      await sleep(this.readyEveryMs, this.wait.signal);
      if (this.waiting().length === 0) break;
      asked++;
      if (await this.transport.isReady()) break;
    }
    this.setPause(null);
    return asked === 1;
  }
}

// Those at the beginning of which the same is known: a request says it once for all of its files.
function alike(items: readonly Item[]): Item[] {
  const end = items.findIndex((item) => item.about !== items[0]?.about);
  return items.slice(0, end < 0 ? items.length : end);
}

export function isOpen(item: Item): boolean {
  return item.state === "waiting" || item.state === "sending" || item.state === "hearing";
}
