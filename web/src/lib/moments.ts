// Moments and spans as people read them.

// The month as a word: 2/1 is read in two ways.
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function when(timestamp: string): string {
  return WHEN.format(new Date(timestamp));
}

export function clock(timestamp: string): string {
  return CLOCK.format(new Date(timestamp));
}

const SPACE = "\u00a0"; // no line ends there

// As coarse as it is long: nobody asks for the seconds of an hour.
export function span(duration_s: number): string {
  const whole = Math.max(Math.floor(duration_s), 0);
  if (whole < 60) return `${whole}${SPACE}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return `${minutes}${SPACE}min ${whole % 60}${SPACE}s`;
  if (minutes < 60) return `${minutes}${SPACE}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}${SPACE}h ${minutes % 60}${SPACE}min`;
  return `${Math.floor(hours / 24)}${SPACE}days ${hours % 24}${SPACE}h`;
}

// What is only guessed: "about 3 min".
export function aboutLeft(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `about ${Math.ceil(seconds / 10) * 10}${SPACE}s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 90) return `about ${minutes}${SPACE}min`;
  return `about ${Math.ceil(minutes / 60)}${SPACE}h`;
}
