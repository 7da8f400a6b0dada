import { expect, test } from "vitest";
import { aboutLeft, span } from "./moments";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test("spans are told as coarsely as they are long", () => {
  expect([0, 59.9, 60, 599, 600, 3599, 3600, 47 * 3600, 60 * 3600].map((s) => plain(span(s)))).toEqual([
    "0 s",
    "59 s",
    "1 min 0 s",
    "9 min 59 s",
    "10 min",
    "59 min",
    "1 h 0 min",
    "47 h 0 min",
    "2 days 12 h",
  ]);
});

test("what is only guessed is rounded up", () => {
  expect([3, 11, 89, 91, 5000, 9000].map((s) => plain(aboutLeft(s)))).toEqual([
    "a few seconds",
    "about 20 s",
    "about 90 s",
    "about 2 min",
    "about 84 min",
    "about 3 h",
  ]);
});
