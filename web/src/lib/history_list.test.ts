import { expect, test } from "vitest";
import type { HistoryEntry, HistoryPage } from "../api/history";
import { HistoryList } from "./history_list";

// A history of entries "0" (the newest) to "count - 1", in pages of two.
class FakeHistory {
  asked: string[] = [];
  failure: Error | null = null;

  constructor(public ids: string[]) {}

  fetch = async (query: string, cursor: string | null): Promise<HistoryPage> => {
    this.asked.push(`${query}|${cursor ?? ""}`);
    if (this.failure) throw this.failure;
    const begin = cursor === null ? 0 : this.ids.indexOf(cursor) + 1;
    const page = this.ids.slice(begin, begin + 2);
    const last = page.at(-1);
    return {
      predictions: page.map((id) => ({ id, label: null }) as HistoryEntry),
      next_cursor: last !== undefined && begin + 2 < this.ids.length ? last : null,
    };
  };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
const idsOf = (list: HistoryList) =>
  list
    .getState()
    .entries.map(({ id }) => id)
    .join("");

test("older pages come at the end, and no more than some stay", async () => {
  const list = new HistoryList(new FakeHistory([..."abcdefghi"]).fetch, 3);
  list.open("");
  await settled();
  expect(idsOf(list)).toBe("ab");
  await list.older();
  await list.older();
  expect(idsOf(list)).toBe("abcdef");
  expect(list.getState().hasNewer).toBe(false);
  await list.older();
  expect(idsOf(list)).toBe("cdefgh");
  expect(list.getState().hasNewer).toBe(true);
  await list.older();
  expect(idsOf(list)).toBe("efghi");
  expect(list.getState().hasOlder).toBe(false);
  await list.older(); // there is nothing
  expect(idsOf(list)).toBe("efghi");
});

test("what was let go comes back", async () => {
  const list = new HistoryList(new FakeHistory([..."abcdefgh"]).fetch, 2);
  list.open("");
  await settled();
  for (let i = 0; i < 3; i++) await list.older();
  expect(idsOf(list)).toBe("efgh");
  await list.newer();
  expect(idsOf(list)).toBe("cdef");
  expect(list.getState().hasOlder).toBe(true);
  await list.newer();
  expect(idsOf(list)).toBe("abcd");
  expect(list.getState().hasNewer).toBe(false);
  await list.older();
  expect(idsOf(list)).toBe("cdef");
});

test("the same question is not asked twice, another one forgets the first", async () => {
  const history = new FakeHistory([..."abc"]);
  const list = new HistoryList(history.fetch);
  list.open("class=normal");
  await settled();
  list.open("class=normal");
  await settled();
  expect(history.asked).toEqual(["class=normal|"]);
  history.ids = [..."xabc"];
  list.markStale();
  list.open("class=normal");
  expect(idsOf(list)).toBe("ab"); // until the answer is there
  await settled();
  expect(idsOf(list)).toBe("xa");
  history.asked = ["class=normal|"];
  list.open("label=any");
  expect(idsOf(list)).toBe("");
  await settled();
  expect(history.asked).toEqual(["class=normal|", "label=any|"]);
});

test("an answer to an old question is not shown", async () => {
  let answer: (page: HistoryPage) => void = () => undefined;
  const list = new HistoryList((query) =>
    query === "slow"
      ? new Promise((resolve) => {
          answer = resolve;
        })
      : Promise.resolve({ predictions: [{ id: "x" } as HistoryEntry], next_cursor: null }),
  );
  list.open("slow");
  list.open("fast");
  await settled();
  answer({ predictions: [{ id: "y" } as HistoryEntry], next_cursor: null });
  await settled();
  expect(idsOf(list)).toBe("x");
});

test("a failure is told, keeps what was there, and is asked again", async () => {
  const history = new FakeHistory([..."abcd"]);
  const list = new HistoryList(history.fetch);
  list.open("");
  await settled();
  history.failure = new Error("gone");
  await list.older();
  expect(list.getState().failure).toBe(history.failure);
  expect(idsOf(list)).toBe("ab");
  history.failure = null;
  list.open("");
  await settled();
  expect(list.getState().failure).toBeNull();
});

test("what is deleted or labelled changes in place", async () => {
  const history = new FakeHistory([..."abcd"]);
  const list = new HistoryList(history.fetch);
  list.open("");
  await settled();
  list.relabel("b", "unsure");
  expect(list.getState().entries.map(({ label }) => label)).toEqual([null, "unsure"]);
  history.ids = ["c", "d"];
  list.remove("a");
  expect(idsOf(list)).toBe("b");
  list.remove("b"); // nothing is left of what was shown, but of the history
  await settled();
  expect(idsOf(list)).toBe("cd");
});
