import type { KeyboardEvent } from "react";
import { useRef, useState } from "react";
import type { Window } from "../api/types";
import { percent, seconds, wholePercent } from "../lib/words";

interface Props {
  windows: readonly Window[];
  threshold: number;
  durationS: number;
  // Absent where the sound cannot be played.
  onPlay?: ((window: Window) => void) | undefined;
}

const LABELLED = 12;

// Each window's probability as a bar, under the part of the waveform that it is of. A window that
// reaches back over the one before is drawn from its own start.
export function WindowStrip({ windows, threshold, durationS, onPlay }: Props) {
  const [current, setCurrent] = useState(0); // the one that Tab reaches
  const strip = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max(current + step, 0), windows.length - 1);
    setCurrent(next);
    strip.current?.querySelectorAll<HTMLElement>(".window")[next]?.focus();
  };
  const hasLabels = windows.length <= LABELLED;
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
        const p = window.probability_abnormal;
        const side = p >= threshold ? "abnormal" : "normal";
        const span = `${seconds(window.start_s)} to ${seconds(window.end_s)}`;
        const short = wholePercent(p);
        const label = `${short} % abnormal, ${span}`;
        return (
          <button
            key={window.start_s}
            type="button"
            className="window"
            style={{ flexGrow: Math.max(end - window.start_s, 0.01) }}
            tabIndex={i === current ? 0 : -1}
            aria-label={onPlay ? `${label}. Play` : label}
            title={`${span}: ${percent(p)} abnormal`}
            aria-disabled={!onPlay}
            onFocus={() => setCurrent(i)}
            onClick={() => onPlay?.(window)}
          >
            <span
              className={`window-bar window-${side}`}
              style={{ height: `${Math.max(p * 100, 3)}%` }}
            />
            {hasLabels && <span className="window-label">{short}</span>}
          </button>
        );
      })}
    </div>
  );
}
