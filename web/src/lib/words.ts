// Verdicts and figures as people read them.

import type { FigureGroup, Prediction, Verdict } from "../api/types";

export const VERDICT_WORDS: Record<Verdict, string> = {
  normal: "Sounds normal",
  abnormal: "Sounds abnormal",
  uncertain: "Uncertain",
  poor_quality: "Record again",
};

// Between a number and its unit: no line ends there.
export const SPACE = "\u00a0";

// "98.2 %", and never 0 or 100 where it is not.
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return `<${SPACE}0.1${SPACE}%`;
  if (share < 1 && share > 0.999) return `>${SPACE}99.9${SPACE}%`;
  return `${(share * 100).toFixed(1)}${SPACE}%`;
}

// "98": for where there is little room. Never 0 or 100 where it is not.
export function wholePercent(share: number): string {
  const whole = Math.round(share * 100);
  return String(share > 0 && share < 1 ? Math.min(Math.max(whole, 1), 99) : whole);
}

// "present 82.0 %, absent 10.0 %, cannot tell 8.0 %".
export function murmurWords(murmur: NonNullable<Prediction["murmur"]>): string {
  return [
    `present ${percent(murmur.present)}`,
    `absent ${percent(murmur.absent)}`,
    `cannot tell ${percent(murmur.unknown)}`,
  ].join(", ");
}

export function seconds(duration: number): string {
  if (duration < 100) return `${duration.toFixed(1)}${SPACE}s`;
  const whole = Math.round(duration);
  const minutes = Math.floor(whole / 60);
  if (minutes < 120) return `${minutes}${SPACE}min ${whole % 60}${SPACE}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${SPACE}h ${minutes % 60}${SPACE}min`;
  return `${Math.floor(hours / 24)}${SPACE}days ${hours % 24}${SPACE}h`;
}

// "50 ms", "2.5 s": of what is looked at closely.
export function shortSpan(duration: number): string {
  return duration < 1 ? `${Math.round(duration * 1000)}${SPACE}ms` : seconds(duration);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export const DATABASE_ALL = "all";

export function databaseName(name: string): string {
  return name === DATABASE_ALL ? "All recordings" : name;
}

// With fewer of either class, a measure is more luck than knowledge.
const ENOUGH = 10;

export function isSmall(group: FigureGroup): boolean {
  return Math.min(group.normal, group.abnormal) < ENOUGH;
}

// The databases between which a measure differs most, small ones left out.
export function spreadOf(
  groups: readonly FigureGroup[],
  measure: string,
): { lowest: FigureGroup; highest: FigureGroup } | null {
  const value = (group: FigureGroup) => group.measures[measure]?.value;
  const counted = groups
    .filter((group) => group.database !== DATABASE_ALL && !isSmall(group))
    .filter((group) => value(group) !== undefined)
    .sort((a, b) => (value(a) ?? 0) - (value(b) ?? 0));
  const lowest = counted[0];
  const highest = counted.at(-1);
  return lowest && highest && lowest !== highest ? { lowest, highest } : null;
}
