import { expect, test } from "vitest";
import {
  formatFilters,
  hasFilters,
  historyLink,
  NO_FILTERS,
  parseFilters,
  serverQuery,
} from "./filters";

test("filters survive the address", () => {
  const filters = {
    class: "abnormal",
    verdict: "uncertain",
    label: "none",
    from: "2026-01-31",
    until: "2026-02-28",
    file_name: "räume & 100% #1?",
    patient_ref: "study/0042+b",
  };
  expect(parseFilters(formatFilters(filters))).toEqual(filters);
  expect(historyLink({ patient_ref: "a&b" })).toBe("#/history?patient_ref=a%26b");
  expect(historyLink({})).toBe("#/history");
});

test("no filters are no query, and an empty query no filters", () => {
  expect(formatFilters(NO_FILTERS)).toBe("");
  expect(parseFilters("")).toEqual(NO_FILTERS);
  expect(hasFilters(NO_FILTERS)).toBe(false);
  expect(hasFilters({ ...NO_FILTERS, label: "any" })).toBe(true);
});

test("what makes no sense in an address is left out", () => {
  const query =
    "class=both&verdict=fine&label=yes&from=2026-13-01&until=2026-02-30&limit=9&file_name=+";
  expect(parseFilters(query)).toEqual(NO_FILTERS);
});

test("days are asked for by their first moment here, and the last one is included", () => {
  const query = serverQuery({ ...NO_FILTERS, from: "2026-01-31", until: "2026-01-31" });
  expect(query.get("from")).toBe(new Date(2026, 0, 31).toISOString());
  expect(query.get("until")).toBe(new Date(2026, 1, 1).toISOString());
});

test("the rest is asked for as it stands", () => {
  const query = serverQuery({ ...NO_FILTERS, class: "normal", file_name: "a b" });
  expect(query.toString()).toBe("class=normal&file_name=a+b");
});
