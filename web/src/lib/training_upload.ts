// Labelled recordings on their way to the server's training data, a chunk at a time.

import type { ChunkLimits } from "./chunk";
import { CHUNK_LIMITS, nextChunk } from "./chunk";
import { sleep } from "./retry";

export type UploadState = "waiting" | "sending" | "kept" | "refused" | "unsent";

export interface Upload {
  id: number;
  name: string;
  file: File;
  className: "normal" | "abnormal";
  state: UploadState;
  error?: string;
}

export type Reply =
  | { kind: "answered"; errors: (string | null)[] } // of each file: null where it was kept
  | { kind: "refused"; error: string }
  | { kind: "too-large" }
  | { kind: "busy"; afterSeconds: number }
  | { kind: "offline" };

export interface UploadTransport {
  send(
    className: Upload["className"],
    files: readonly { file: File; name: string }[],
    signal: AbortSignal,
  ): Promise<Reply>;
}

const TRIES = 3;
const RETRY_MS = 2000;
const TOO_LARGE = "The server does not take files of this size.";
const STOPPED = "It was stopped before it was sent.";
const STOPPED_MIDWAY =
  "It was stopped while it was sent, and may have been kept. Sending it again does no harm.";
const NOT_REACHED = "It was not sent: the server cannot be reached.";

export class TrainingUpload {
  private uploads: Upload[] = [];
  private snapshot: readonly Upload[] = [];
  private readonly listeners = new Set<() => void>();
  private abort = new AbortController();
  private running = false;
  private oneByOne = false;
  private nextId = 1;

  constructor(
    private readonly transport: UploadTransport,
    private readonly limits: ChunkLimits = CHUNK_LIMITS,
    private readonly retryMs: number = RETRY_MS,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getSnapshot = (): readonly Upload[] => this.snapshot;

  add(className: Upload["className"], files: readonly { file: File; name: string }[]): void {
    for (const { file, name } of files) {
      this.uploads.push({ id: this.nextId++, name, file, className, state: "waiting" });
    }
    this.publish();
    void this.run();
  }

  // Those that never reached the server go once more.
  retry(): void {
    for (const upload of this.uploads) {
      if (upload.state === "unsent") this.change(upload, "waiting");
    }
    this.publish();
    void this.run();
  }

  stop(): void {
    for (const upload of this.uploads) {
      if (upload.state === "waiting") this.change(upload, "unsent", STOPPED);
    }
    this.publish();
    this.abort.abort();
    this.abort = new AbortController();
  }

  clear(): void {
    this.uploads = this.uploads.filter(isUnderWay);
    this.publish();
  }

  private publish(): void {
    this.snapshot = this.uploads.map((upload) => ({ ...upload }));
    for (const listener of this.listeners) listener();
  }

  private change(upload: Upload, state: UploadState, error?: string): void {
    upload.state = state;
    delete upload.error;
    if (error !== undefined) upload.error = error;
  }

  private nextOnes(): Upload[] {
    const waiting = this.uploads.filter(({ state }) => state === "waiting");
    const first = waiting[0];
    if (!first) return [];
    const sameClass = waiting.filter(({ className }) => className === first.className);
    const maxFiles = this.oneByOne ? 1 : this.limits.maxFiles;
    const sizes = sameClass.map(({ file }) => ({ size: file.size }));
    return sameClass.slice(0, nextChunk(sizes, { ...this.limits, maxFiles }).length);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let chunk = this.nextOnes(); chunk.length > 0; chunk = this.nextOnes()) {
      await this.send(chunk);
    }
    this.running = false;
  }

  private async send(chunk: readonly Upload[]): Promise<void> {
    const className = chunk[0]?.className ?? "normal";
    const settle = (state: UploadState, error?: string) => {
      for (const upload of chunk) this.change(upload, state, error);
      this.publish();
    };
    settle("sending");
    const { signal } = this.abort;
    for (let failures = 0; ; ) {
      const reply = await this.transport.send(className, chunk, signal);
      if (signal.aborted && reply.kind !== "answered") {
        settle("unsent", STOPPED_MIDWAY);
        return;
      }
      switch (reply.kind) {
        case "answered":
          chunk.forEach((upload, i) => {
            const error = reply.errors[i];
            if (error === null) this.change(upload, "kept");
            else this.change(upload, "refused", error ?? "The server did not say what became of it.");
          });
          this.publish();
          return;
        case "refused":
          settle("refused", reply.error);
          return;
        case "too-large":
          // Together they may be more than a request may hold; alone they may pass.
          this.oneByOne = true;
          if (chunk.length > 1) settle("waiting");
          else settle("refused", TOO_LARGE);
          return;
        case "busy":
          await sleep(reply.afterSeconds * 1000, signal);
          break;
        case "offline":
          if (++failures === TRIES) {
            settle("unsent", NOT_REACHED);
            return;
          }
          await sleep(this.retryMs, signal);
          break;
      }
    }
  }
}

export function isUnderWay({ state }: Upload): boolean {
  return state === "waiting" || state === "sending";
}

export function summarizeUploads(uploads: readonly Upload[]): string {
  const count = (...states: UploadState[]) =>
    uploads.filter(({ state }) => states.includes(state)).length;
  const parts = [
    [count("kept"), "kept"],
    [count("refused"), "refused"],
    [count("unsent"), "not sent"],
    [count("waiting", "sending"), "under way"],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, words]) => `${number} ${words}`)
    .join(", ");
}
