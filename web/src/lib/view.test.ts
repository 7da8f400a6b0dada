import { expect, test } from "vitest";
import {
  covers,
  isWhole,
  panned,
  placed,
  rangeToAsk,
  revealing,
  shareOf,
  SHORTEST_S,
  spanOf,
  ticksOf,
  timeAt,
  wholeOf,
  zoomed,
} from "./view";

const LENGTH_S = 20;

test("zooming keeps what is under the pointer where it is", () => {
  const view = zoomed(wholeOf(LENGTH_S), 4, 5, LENGTH_S);
  expect(spanOf(view)).toBeCloseTo(5);
  expect(shareOf(view, 5)).toBeCloseTo(0.25);
  const finer = zoomed(view, 2, 5, LENGTH_S);
  expect(shareOf(finer, 5)).toBeCloseTo(0.25);
});

test("zooming ends at 50 ms and at the whole recording", () => {
  let view = wholeOf(LENGTH_S);
  for (let i = 0; i < 40; i++) view = zoomed(view, 2, 19.99, LENGTH_S);
  expect(spanOf(view)).toBeCloseTo(SHORTEST_S);
  expect(view.endS).toBeLessThanOrEqual(LENGTH_S);
  for (let i = 0; i < 40; i++) view = zoomed(view, 0.5, 3, LENGTH_S);
  expect(view).toEqual(wholeOf(LENGTH_S));
  expect(isWhole(view, LENGTH_S)).toBe(true);
});

test("zooming out at an end does not leave the recording", () => {
  const view = zoomed({ startS: 0, endS: 1 }, 0.5, 1, LENGTH_S);
  expect(view).toEqual({ startS: 0, endS: 2 });
  const last = zoomed({ startS: 19, endS: 20 }, 0.5, 19, LENGTH_S);
  expect(last).toEqual({ startS: 18, endS: 20 });
});

test("scrolling stops at both ends", () => {
  const view = { startS: 4, endS: 6 };
  expect(panned(view, 1, LENGTH_S)).toEqual({ startS: 5, endS: 7 });
  expect(panned(view, -9, LENGTH_S)).toEqual({ startS: 0, endS: 2 });
  expect(panned(view, 99, LENGTH_S)).toEqual({ startS: 18, endS: 20 });
  expect(placed(3, 99, LENGTH_S)).toEqual(wholeOf(LENGTH_S));
});

test("a recording shorter than the shortest view is shown whole", () => {
  expect(zoomed(wholeOf(0.02), 2, 0.01, 0.02)).toEqual(wholeOf(0.02));
});

test("revealing moves no further than is needed", () => {
  const view = { startS: 4, endS: 6 };
  expect(revealing(view, 4.5, 5.5, LENGTH_S)).toBe(view);
  expect(revealing(view, 5.5, 7, LENGTH_S)).toEqual({ startS: 5, endS: 7 });
  expect(revealing(view, 1, 2, LENGTH_S)).toEqual({ startS: 1, endS: 3 });
  expect(revealing(view, 10, 15, LENGTH_S)).toEqual({ startS: 10, endS: 12 });
});

test("places and times are each other's inverse", () => {
  const view = { startS: 4, endS: 6 };
  for (const share of [0, 0.3, 1]) expect(shareOf(view, timeAt(view, share))).toBeCloseTo(share);
});

test("what is asked for fills the view, and a little scrolling asks for nothing", () => {
  const view = { startS: 4, endS: 6 };
  const asked = rangeToAsk(view, LENGTH_S);
  expect(asked).toEqual({ startS: 3, endS: 7 });
  expect(covers(asked, view)).toBe(true);
  expect(covers(asked, panned(view, 0.9, LENGTH_S))).toBe(true);
  expect(covers(asked, panned(view, 1.1, LENGTH_S))).toBe(false);
  expect(covers(asked, zoomed(view, 4, 5, LENGTH_S))).toBe(false);
  expect(rangeToAsk({ startS: 0, endS: 2 }, LENGTH_S)).toEqual({ startS: 0, endS: 3 });
  expect(covers(wholeOf(LENGTH_S), wholeOf(LENGTH_S))).toBe(true);
});

test("ticks are round, inside the view and not too many", () => {
  expect(ticksOf(wholeOf(LENGTH_S), 10).map(({ label }) => label)).toEqual([
    "0",
    "2",
    "4",
    "6",
    "8",
    "10",
    "12",
    "14",
    "16",
    "18",
    "20",
  ]);
  const fine = ticksOf({ startS: 3.21, endS: 3.26 }, 6);
  expect(fine.map(({ label }) => label)).toEqual(["3.21", "3.22", "3.23", "3.24", "3.25", "3.26"]);
  for (const { timeS } of fine) expect(timeS).toBeLessThanOrEqual(3.2600001);
  expect(ticksOf(wholeOf(1800), 8).length).toBeLessThanOrEqual(9);
});
