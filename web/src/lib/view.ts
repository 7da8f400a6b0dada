// The part of a recording that is in view, and how it is zoomed and scrolled.

export interface View {
  startS: number;
  endS: number;
}

export const SHORTEST_S = 0.05; // a heart sound's onset fills the width
export const ZOOM_STEP = 2;

export function spanOf({ startS, endS }: View): number {
  return endS - startS;
}

export function wholeOf(durationS: number): View {
  return { startS: 0, endS: durationS };
}

// Of `spanS` from `startS` on, moved and cut so that it lies in the recording.
export function placed(startS: number, spanS: number, durationS: number): View {
  const span = Math.min(Math.max(spanS, SHORTEST_S), durationS);
  const start = Math.min(Math.max(startS, 0), durationS - span);
  return { startS: start, endS: start + span };
}

// `factor`: above 1 magnifies. What is at `anchorS` stays where it is, unless an end is reached.
export function zoomed(view: View, factor: number, anchorS: number, durationS: number): View {
  const span = Math.min(Math.max(spanOf(view) / factor, SHORTEST_S), durationS);
  const share = spanOf(view) > 0 ? (anchorS - view.startS) / spanOf(view) : 0.5;
  return placed(anchorS - share * span, span, durationS);
}

export function panned(view: View, byS: number, durationS: number): View {
  return placed(view.startS + byS, spanOf(view), durationS);
}

// Moved no further than is needed to show `startS` to `endS`; its beginning where it is too long.
export function revealing(view: View, startS: number, endS: number, durationS: number): View {
  if (startS >= view.startS && endS <= view.endS) return view;
  const span = spanOf(view);
  const start = startS < view.startS || endS - startS > span ? startS : endS - span;
  return placed(start, span, durationS);
}

export function isWhole(view: View, durationS: number): boolean {
  return spanOf(view) >= durationS - 1e-9;
}

// Where `timeS` lies across the view: 0 at its left edge, 1 at its right.
export function shareOf(view: View, timeS: number): number {
  return spanOf(view) > 0 ? (timeS - view.startS) / spanOf(view) : 0;
}

export function timeAt(view: View, share: number): number {
  return view.startS + share * spanOf(view);
}

// Beside the view, so that a little scrolling needs no other request.
const MARGIN = 0.5;
const COARSEST = 4; // times the view: what is further zoomed out than this looks blurred

export function rangeToAsk(view: View, durationS: number): View {
  const margin = MARGIN * spanOf(view);
  return {
    startS: Math.max(view.startS - margin, 0),
    endS: Math.min(view.endS + margin, durationS),
  };
}

// A recording's length is rounded, and its last point may end a little before it.
const SLACK_S = 0.002;

export function fills(loaded: View, view: View): boolean {
  return loaded.startS <= view.startS + SLACK_S && loaded.endS >= view.endS - SLACK_S;
}

// Whether what was loaded fills the view, finely enough.
export function covers(loaded: View, view: View): boolean {
  return fills(loaded, view) && spanOf(loaded) <= COARSEST * spanOf(view) + SLACK_S;
}

export interface Tick {
  timeS: number;
  label: string;
}

// Round times inside the view, at most `most` of them.
export function ticksOf(view: View, most: number): Tick[] {
  const wanted = spanOf(view) / Math.max(most, 1);
  const steps = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600];
  const step = steps.find((one) => one >= wanted) ?? 600;
  const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : step >= 0.01 ? 2 : 3;
  const ticks: Tick[] = [];
  for (let i = Math.ceil(view.startS / step - 1e-9); i * step <= view.endS + 1e-9; i++) {
    ticks.push({ timeS: i * step, label: (i * step).toFixed(digits) });
  }
  return ticks;
}
