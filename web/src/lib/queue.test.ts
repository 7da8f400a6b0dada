import { expect, test } from "vitest";
import { replyOf } from "../api/upload";
import type { Prediction } from "../api/types";
import type { Reply, Transport } from "./queue";
import { isOpen, ListeningQueue } from "./queue";

const LIMITS = { maxFiles: 3, maxBytes: 1000 };

function files(...names: string[]) {
  return names.map((name) => ({ name, file: new File(["x".repeat(10)], name) }));
}

function answer(sent: readonly File[]): Reply {
  return {
    kind: "answered",
    outcomes: sent.map((file) =>
      file.name.startsWith("bad")
        ? { error: `${file.name} is no sound` }
        : { prediction: { file_name: file.name } as Prediction },
    ),
  };
}

// Gives `replies` first, then answers; remembers what was sent where.
class FakeTransport implements Transport {
  calls: string[] = [];
  ready = true;
  asked = 0;
  hold: Promise<void> | null = null;

  constructor(private readonly replies: (Reply | ((route: string) => Reply | null))[] = []) {}

  async send(
    route: "predict" | "batch-predict",
    sent: readonly File[],
    onSent: (sent: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<Reply> {
    this.calls.push(`${route}: ${sent.map((file) => file.name).join(" ")}`);
    onSent(50, 100);
    if (this.hold) {
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve()),
      );
      await Promise.race([this.hold, aborted]);
    }
    if (signal.aborted) return { kind: "aborted" };
    const next = this.replies.shift();
    const reply = typeof next === "function" ? next(route) : next;
    return reply ?? answer(sent);
  }

  async isReady(): Promise<boolean> {
    this.asked++;
    return this.ready;
  }
}

async function settled(queue: ListeningQueue): Promise<string[]> {
  for (let i = 0; i < 500 && queue.getSnapshot().items.some(isOpen); i++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return queue.getSnapshot().items.map(({ name, state }) => `${name} ${state}`);
}

test("several are sent in chunks, and one bad file fails alone", async () => {
  const transport = new FakeTransport();
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "bad", "c", "d"));
  expect(await settled(queue)).toEqual(["a done", "bad failed", "c done", "d done"]);
  expect(transport.calls).toEqual(["batch-predict: a bad c", "predict: d"]);
  expect(queue.getSnapshot().items[1]?.error).toBe("bad is no sound");
});

test("a server without batches is asked file by file, and not asked again", async () => {
  const transport = new FakeTransport([{ kind: "unsupported" }]);
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b"));
  await settled(queue);
  queue.add(files("c", "d"));
  expect(await settled(queue)).toEqual(["a done", "b done", "c done", "d done"]);
  expect(transport.calls).toEqual([
    "batch-predict: a b",
    "predict: a",
    "predict: b",
    "predict: c",
    "predict: d",
  ]);
});

test("a busy server is asked again after the time it names", async () => {
  const transport = new FakeTransport([{ kind: "busy", afterSeconds: 0.05 }]);
  const queue = new ListeningQueue(transport, LIMITS, 1);
  const begun = Date.now();
  const pauses = new Set<string | null>();
  queue.subscribe(() => pauses.add(queue.getSnapshot().pause));
  queue.add(files("a"));
  expect(await settled(queue)).toEqual(["a done"]);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(45);
  expect(pauses).toContain("busy");
  expect(queue.getSnapshot().pause).toBeNull();
});

test.each(["no-model", "offline"] as const)("goes on by itself when %s is over", async (kind) => {
  const transport = new FakeTransport([{ kind }]);
  transport.ready = false;
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(queue.getSnapshot().pause).toBe(kind);
  expect(transport.calls).toHaveLength(1);
  transport.ready = true;
  expect(await settled(queue)).toEqual(["a done", "b done"]);
  expect(transport.asked).toBeGreaterThan(1);
});

test("a file at which the connection always breaks fails at last, and its neighbours do not", async () => {
  const offline = () => ({ kind: "offline" }) as const;
  const transport = new FakeTransport([offline, offline, offline]);
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b"));
  expect(await settled(queue)).toEqual(["a failed", "b done"]);
  expect(queue.getSnapshot().items[0]?.error).toMatch(/connection broke/);
  expect(transport.calls).toEqual(["batch-predict: a b", "predict: a", "predict: a", "predict: b"]);
});

test("a batch that is refused as a whole is sent file by file", async () => {
  const refused: Reply = { kind: "refused", error: "too large" };
  const transport = new FakeTransport([refused, refused]);
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b"));
  expect(await settled(queue)).toEqual(["a failed", "b done"]);
  expect(queue.getSnapshot().items[0]?.error).toBe("too large");
});

test("an answer for another number of files is no answer", async () => {
  const transport = new FakeTransport([
    { kind: "answered", outcomes: [] },
    { kind: "answered", outcomes: [] },
  ]);
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b"));
  expect(await settled(queue)).toEqual(["a failed", "b done"]);
});

test("one can be cancelled while it is sent, and its neighbours are sent again", async () => {
  const transport = new FakeTransport();
  let release = () => {};
  transport.hold = new Promise((resolve) => (release = resolve));
  const queue = new ListeningQueue(transport, LIMITS, 1);
  queue.add(files("a", "b", "c"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(queue.getSnapshot().items.map(({ state }) => state)).toEqual([
    "hearing",
    "sending",
    "sending",
  ]);
  queue.cancel("2");
  release();
  expect(await settled(queue)).toEqual(["a done", "b cancelled", "c done"]);
  expect(transport.calls).toEqual(["batch-predict: a b c", "batch-predict: a c"]);
});

test("all can be cancelled while the server is away", async () => {
  const transport = new FakeTransport([{ kind: "offline" }]);
  transport.ready = false;
  const queue = new ListeningQueue(transport, LIMITS, 10_000);
  queue.add(files("a", "b"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  queue.cancelAll();
  expect(await settled(queue)).toEqual(["a cancelled", "b cancelled"]);
  queue.clear();
  transport.ready = true;
  queue.add(files("c"));
  expect(await settled(queue)).toEqual(["c done"]);
});

test("what the server's answers mean", () => {
  const problem = (type: string) => JSON.stringify({ type, detail: "why" });
  expect(replyOf("predict", 404, null, "")).toEqual({ kind: "unsupported" });
  expect(replyOf("batch-predict", 405, null, "")).toEqual({ kind: "unsupported" });
  expect(replyOf("predict", 429, "3", problem("/problems/queue-full"))).toEqual({
    kind: "busy",
    afterSeconds: 3,
  });
  expect(replyOf("predict", 503, null, problem("/problems/no-model"))).toEqual({
    kind: "no-model",
  });
  expect(replyOf("predict", 503, "2", problem("/problems/overloaded"))).toEqual({
    kind: "busy",
    afterSeconds: 2,
  });
  expect(replyOf("predict", 502, null, "<html>")).toEqual({ kind: "offline" });
  expect(replyOf("predict", 415, null, problem("/problems/x"))).toEqual({
    kind: "refused",
    error: "Why.",
  });
  expect(replyOf("predict", 500, null, "<html>").kind).toBe("refused");
  expect(replyOf("predict", 200, null, "<html>").kind).toBe("refused");
  const batch = JSON.stringify({
    results: [
      { status: "success", id: "1" },
      { status: "error", error: "why" },
    ],
  });
  expect(replyOf("batch-predict", 200, null, batch)).toEqual({
    kind: "answered",
    outcomes: [{ prediction: { status: "success", id: "1" } }, { error: "why" }],
  });
});

test("what is known of a recording goes with it, and never with another patient's", async () => {
  const sent: string[] = [];
  const transport = new FakeTransport();
  const send = transport.send.bind(transport);
  const queue = new ListeningQueue(
    {
      isReady: () => transport.isReady(),
      send(route, files_, onSent, signal, about) {
        sent.push(`${files_.map((file) => file.name).join(" ")}: ${about.patientRef}`);
        return send(route, files_, onSent, signal);
      },
    },
    LIMITS,
  );
  queue.setAbout({ patientRef: "p1", location: "MV" });
  queue.add(files("a", "b"));
  queue.setAbout({ patientRef: "p2", location: "" });
  queue.add(files("c"));
  await settled(queue);
  expect(sent).toEqual(["a b: p1", "c: p2"]);
  queue.clear();
  expect(queue.getSnapshot().about.patientRef).toBe("");
});
