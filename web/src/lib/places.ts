// What is known of a recording besides its sound, in words.

import type { Location } from "../api/types";

export const LOCATION_WORDS: Record<Location, string> = {
  AV: "Aortic valve",
  PV: "Pulmonary valve",
  TV: "Tricuspid valve",
  MV: "Mitral valve",
  other: "Other place",
};

// "study-0042, mitral valve"; "" where nothing is known.
export function aboutWords(patientRef: string | undefined, location: Location | undefined): string {
  return [patientRef, location && LOCATION_WORDS[location]].filter(Boolean).join(" · ");
}

// The month as a word: 2/1 is read in two ways.
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function when(timestamp: string): string {
  return WHEN.format(new Date(timestamp));
}
