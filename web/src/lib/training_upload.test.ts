import { expect, test } from "vitest";
import { uploadReplyOf } from "../api/training";
import type { Reply, Upload, UploadTransport } from "./training_upload";
import { isUnderWay, summarizeUploads, TrainingUpload } from "./training_upload";

const LIMITS = { maxFiles: 2, maxBytes: 1000 };
const RETRY_MS = 1;

const files = (...names: string[]) =>
  names.map((name) => ({ name, file: new File(["x".repeat(10)], name) }));

// Gives `replies` first, then keeps what is not named bad; remembers what was sent.
class FakeTransport implements UploadTransport {
  calls: string[] = [];
  hold: Promise<void> | null = null;

  constructor(private readonly replies: Reply[] = []) {}

  async send(
    className: Upload["className"],
    sent: readonly { file: File; name: string }[],
    signal: AbortSignal,
  ): Promise<Reply> {
    this.calls.push(`${className}: ${sent.map(({ name }) => name).join(" ")}`);
    if (this.hold) {
      const aborted = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve()),
      );
      await Promise.race([this.hold, aborted]);
    }
    if (signal.aborted) return { kind: "offline" };
    return (
      this.replies.shift() ?? {
        kind: "answered",
        errors: sent.map(({ name }) => (name.startsWith("bad") ? "It is no sound." : null)),
      }
    );
  }
}

async function settled(upload: TrainingUpload): Promise<string[]> {
  for (let i = 0; i < 500 && upload.getSnapshot().some(isUnderWay); i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return upload.getSnapshot().map(({ name, state }) => `${name} ${state}`);
}

test("a request holds one class, and each file has its own outcome", async () => {
  const transport = new FakeTransport();
  const upload = new TrainingUpload(transport, LIMITS, RETRY_MS);
  upload.add("normal", files("a", "bad", "c"));
  upload.add("abnormal", files("d"));
  expect(await settled(upload)).toEqual(["a kept", "bad refused", "c kept", "d kept"]);
  expect(transport.calls).toEqual(["normal: a bad", "normal: c", "abnormal: d"]);
  expect(upload.getSnapshot()[1]?.error).toBe("It is no sound.");
  expect(summarizeUploads(upload.getSnapshot())).toBe("3 kept, 1 refused");
  upload.clear();
  expect(upload.getSnapshot()).toEqual([]);
});

test("a busy server is waited for, and what is refused as a whole says why", async () => {
  const upload = new TrainingUpload(
    new FakeTransport([
      { kind: "busy", afterSeconds: 0 },
      { kind: "refused", error: "Nothing is kept here." },
    ]),
    LIMITS,
    RETRY_MS,
  );
  upload.add("normal", files("a", "b", "c"));
  expect(await settled(upload)).toEqual(["a refused", "b refused", "c kept"]);
});

test("what is too large together is sent file by file", async () => {
  const transport = new FakeTransport([{ kind: "too-large" }, { kind: "too-large" }]);
  const upload = new TrainingUpload(transport, LIMITS, RETRY_MS);
  upload.add("normal", files("a", "b"));
  expect(await settled(upload)).toEqual(["a refused", "b kept"]);
  expect(transport.calls).toEqual(["normal: a b", "normal: a", "normal: b"]);
});

test("a lost connection is tried again, then left to the user", async () => {
  const offline: Reply = { kind: "offline" };
  const upload = new TrainingUpload(
    new FakeTransport([offline, offline, offline]),
    LIMITS,
    RETRY_MS,
  );
  upload.add("normal", files("a"));
  expect(await settled(upload)).toEqual(["a unsent"]);
  upload.retry();
  expect(await settled(upload)).toEqual(["a kept"]);
});

test("sending can be stopped, and gone on with", async () => {
  const transport = new FakeTransport();
  transport.hold = new Promise(() => {});
  const upload = new TrainingUpload(transport, LIMITS, RETRY_MS);
  upload.add("normal", files("a", "b", "c"));
  upload.stop();
  expect(await settled(upload)).toEqual(["a unsent", "b unsent", "c unsent"]);
  expect(upload.getSnapshot()[0]?.error).toMatch(/may have been kept/);
  expect(upload.getSnapshot()[2]?.error).toMatch(/before it was sent/);
  transport.hold = null;
  upload.retry();
  expect(await settled(upload)).toEqual(["a kept", "b kept", "c kept"]);
});

test("answers are read as they come", () => {
  const results = [
    { file_name: "a", status: "success" },
    { file_name: "b", status: "error", error: "it is no sound" },
  ];
  expect(uploadReplyOf(200, null, JSON.stringify({ results }))).toEqual({
    kind: "answered",
    errors: [null, "It is no sound."],
  });
  expect(uploadReplyOf(200, null, "<html>").kind).toBe("refused");
  expect(uploadReplyOf(429, "3", "")).toEqual({ kind: "busy", afterSeconds: 3 });
  expect(uploadReplyOf(413, null, "").kind).toBe("too-large");
  expect(uploadReplyOf(502, null, "").kind).toBe("offline");
  expect(uploadReplyOf(404, null, '{"detail":"nothing is kept"}')).toEqual({
    kind: "refused",
    error: "Nothing is kept.",
  });
});
