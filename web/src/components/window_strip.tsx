import type { KeyboardEvent } from "react";
import { useRef, useState } from "react";
import type { Window } from "../api/types";
import type { View } from "../lib/view";
import { shareOf, spanOf } from "../lib/view";
import { percent, seconds, wholePercent } from "../lib/words";

interface Props {
  windows: readonly Window[];
  threshold: number;
  durationS: number;
  view: View;
  width: number; // in pixels
  // Absent where the sound cannot be played.
  onPlay?: ((window: Window) => void) | undefined;
  onReveal: (window: Window) => void;
}

const LABEL_PX = 30; // what a number of two digits takes
const FULL = 0.65; // a bar higher than this has no room for a number above it

// Each window's probability as a bar, under the part of the waveform that it is of. A window that
// reaches back over the one before is drawn from its own start.
export function WindowStrip({
  windows,
  threshold,
  durationS,
  view,
  width,
  onPlay,
  onReveal,
}: Props) {
  const [current, setCurrent] = useState(0); // the one that Tab reaches
  const strip = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max(current + step, 0), windows.length - 1);
    setCurrent(next);
    strip.current?.querySelectorAll<HTMLElement>(".window")[next]?.focus({ preventScroll: true });
  };
  return (
    <div
      className="windows"
      role="group"
      aria-label="Probability of abnormal in each window"
      ref={strip}
      onKeyDown={move}
    >
      <div
        className="windows-threshold"
        style={{ bottom: `${threshold * 100}%` }}
        aria-hidden="true"
      />
      {windows.map((window, i) => {
        const end = windows[i + 1]?.start_s ?? durationS;
        const length = Math.max(end - window.start_s, 0.01);
        const p = window.probability_abnormal;
        const side = p >= threshold ? "abnormal" : "normal";
        const span = `${seconds(window.start_s)} to ${seconds(window.end_s)}`;
        const short = wholePercent(p);
        const label = `${short} % abnormal, ${span}`;
        const left = shareOf(view, window.start_s);
        const share = length / spanOf(view);
        // The number stands in the middle of what is in view.
        const seen = { from: Math.max(left, 0), to: Math.min(left + share, 1) };
        const hasLabel = (seen.to - seen.from) * width >= LABEL_PX;
        return (
          <button
            key={window.start_s}
            type="button"
            className="window"
            style={{
              left: `${left * 100}%`,
              width: `calc(${share * 100}% - min(2px, ${share * 20}%))`,
            }}
            tabIndex={i === current ? 0 : -1}
            aria-label={onPlay ? `${label}. Play` : label}
            title={`${span}: ${percent(p)} abnormal`}
            aria-disabled={!onPlay}
            onFocus={() => {
              setCurrent(i);
              onReveal(window);
            }}
            onClick={() => onPlay?.(window)}
          >
            <span
              className={`window-bar window-${side}`}
              style={{ height: `${Math.max(p * 100, 3)}%` }}
            />
            {hasLabel && (
              <span
                className="window-label"
                style={{
                  left: `${((seen.from - left) / share) * 100}%`,
                  width: `${((seen.to - seen.from) / share) * 100}%`,
                  // On the bar, or below its top where there is no room.
                  bottom: p > FULL ? `calc(${p * 100}% - 1.6rem)` : `calc(${p * 100}% + 0.2rem)`,
                }}
              >
                <span>{short}</span>
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
