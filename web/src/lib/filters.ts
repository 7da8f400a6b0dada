// What of the history is shown, as the page's address holds it and as the server is asked for it.

export const CHOICES = {
  class: ["normal", "abnormal"],
  verdict: ["normal", "abnormal", "uncertain", "poor_quality"],
  label: ["none", "any", "normal", "abnormal", "unsure"],
} as const;

// Each is "" where it lets everything through. `from` and `until` are days (2026-01-31) of the reader's
// own calendar, and `until` is the last of them.
export interface Filters {
  class: string;
  verdict: string;
  label: string;
  from: string;
  until: string;
  file_name: string;
  patient_ref: string;
}

export const NO_FILTERS: Filters = {
  class: "",
  verdict: "",
  label: "",
  from: "",
  until: "",
  file_name: "",
  patient_ref: "",
};

const KEYS = Object.keys(NO_FILTERS) as (keyof Filters)[];

// The first moment of a day of the local calendar, `days` later. null where it is none.
function midnight(day: string, days: number): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return null;
  const [year, month, date] = parts.slice(1).map(Number) as [number, number, number];
  const local = new Date(year, month - 1, date);
  if (local.getMonth() !== month - 1 || local.getDate() !== date) return null;
  return new Date(year, month - 1, date + days);
}

// What makes no sense is left out: the address may have been typed.
export function parseFilters(query: string): Filters {
  const given = new URLSearchParams(query);
  const filters = { ...NO_FILTERS };
  for (const key of KEYS) {
    const value = given.get(key)?.trim() ?? "";
    const known: readonly string[] | null =
      key === "class" || key === "verdict" || key === "label" ? CHOICES[key] : null;
    const isDay = key !== "from" && key !== "until" ? true : midnight(value, 0) !== null;
    if ((!known || known.includes(value)) && isDay) filters[key] = value;
  }
  return filters;
}

// In an order that does not depend on how they were chosen.
export function formatFilters(filters: Filters): string {
  const query = new URLSearchParams();
  for (const key of KEYS) if (filters[key]) query.set(key, filters[key]);
  return query.toString();
}

export function historyLink(filters: Partial<Filters>): string {
  const query = formatFilters({ ...NO_FILTERS, ...filters });
  return query ? `#/history?${query}` : "#/history";
}

// The parameters of GET /predictions and /predictions.csv.
export function serverQuery(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const key of KEYS) {
    const value = filters[key];
    if (!value) continue;
    if (key === "from" || key === "until") {
      const moment = midnight(value, key === "until" ? 1 : 0);
      if (moment) query.set(key, moment.toISOString());
    } else {
      query.set(key, value);
    }
  }
  return query;
}

export function hasFilters(filters: Filters): boolean {
  return KEYS.some((key) => filters[key] !== "");
}
