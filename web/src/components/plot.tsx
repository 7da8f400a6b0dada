import type { PointerEvent } from "react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { EvidenceRegion } from "../api/types";
import type { EvidenceGrid } from "../lib/evidence";
import type { Part, Playback } from "../lib/playback";
import type { SpectrogramPiece, WaveformPiece } from "../lib/sound_source";
import type { View } from "../lib/view";
import { isWhole, panned, shareOf, spanOf, ticksOf, timeAt, zoomed } from "../lib/view";
import { Evidence } from "./evidence";
import { Spectrogram } from "./spectrogram";
import { Waveform } from "./waveform";

interface Why {
  grid: EvidenceGrid | null;
  regions: readonly EvidenceRegion[];
}

interface Props {
  view: View;
  durationS: number;
  waveform: WaveformPiece | null;
  peak: number;
  spectrogram: SpectrogramPiece | null;
  playback: Playback | null;
  part: Part | null;
  evidence: Why | null; // null: not shown
  onView: (view: View) => void;
  onWidth: (width: number) => void;
}

const WAVE_PX = 124;
const SPECTROGRAM_PX = 190;
const DRAG_PX = 4; // less is a press
const TICK_PX = 70;
const UNIT_PX = 36;
const EDGE = 0.01; // nearer to the left one than this, a label stands beside its tick
const WHEEL = 0.0022; // octaves of zoom for each pixel of a wheel

// The pictures with what lies over both: the marked part and the place that is being played.
export function Plot(props: Props) {
  const { view, durationS, waveform, peak, spectrogram, playback, part, onView, onWidth } = props;
  const { evidence } = props;
  const plot = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const drag = useRef<{ x: number; timeS: number; moved: boolean } | null>(null);
  const current = useRef(view);
  current.current = view;

  useLayoutEffect(() => {
    if (!plot.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const now = Math.round(entry?.contentRect.width ?? 0);
      setWidth(now);
      onWidth(now);
    });
    observer.observe(plot.current);
    return () => observer.disconnect();
  }, [onWidth]);

  // A wheel that zooms must keep the browser from zooming the page, which only such a listener may.
  useEffect(() => {
    const element = plot.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const now = current.current;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        const box = element.getBoundingClientRect();
        const anchor = timeAt(now, (event.clientX - box.left) / box.width);
        onView(zoomed(now, 2 ** (-event.deltaY * WHEEL), anchor, durationS));
        return;
      }
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return;
      if (isWhole(now, durationS)) return;
      event.preventDefault();
      onView(panned(now, (sideways / element.clientWidth) * spanOf(now), durationS));
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [durationS, onView]);

  // Moved without React, at each frame; the view turns its page when it is left while playing.
  useEffect(() => {
    let wasInside = false;
    const place = (timeS: number) => {
      const now = current.current;
      const share = shareOf(now, timeS);
      const isInside = share >= 0 && share <= 1;
      if (head.current) {
        head.current.style.left = `${share * 100}%`;
        head.current.style.visibility = isInside ? "visible" : "hidden";
      }
      if (!isInside && wasInside && playback?.getState().playing) {
        onView(panned(now, timeS - now.startS, durationS));
      }
      wasInside = isInside;
    };
    place(playback?.getState().timeS ?? 0);
    return playback?.onFrame(place);
  }, [playback, durationS, onView]);
  useLayoutEffect(() => {
    const share = shareOf(view, playback?.getState().timeS ?? 0);
    if (!head.current) return;
    head.current.style.left = `${share * 100}%`;
    head.current.style.visibility = share >= 0 && share <= 1 ? "visible" : "hidden";
  }, [view, playback]);

  const timeOf = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
    return timeAt(view, share);
  };
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (!playback || event.button !== 0) return;
    drag.current = { x: event.clientX, timeS: timeOf(event), moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (!drag.current) return;
    if (Math.abs(event.clientX - drag.current.x) > DRAG_PX) drag.current.moved = true;
    if (drag.current.moved) playback?.mark({ startS: drag.current.timeS, endS: timeOf(event) });
  };
  const up = () => {
    const done = drag.current;
    drag.current = null;
    if (!done) return;
    if (!done.moved) playback?.seek(done.timeS);
    else playback?.seek(playback.getState().part?.startS ?? done.timeS);
  };
  const cancel = () => {
    drag.current = null;
  };

  // Where the unit stands, there is no room for a number.
  const ticks = ticksOf(view, Math.floor(width / TICK_PX)).filter(
    ({ timeS }) => shareOf(view, timeS) * width < width - UNIT_PX,
  );
  const maxHz = spectrogram?.maxHz ?? 1000;
  return (
    <div className="plot-grid">
      <div className="axis-hz" style={{ height: SPECTROGRAM_PX }} aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} style={{ bottom: `${share * 100}%` }}>
            {Math.round(share * maxHz)}
          </span>
        ))}
        <span className="axis-unit">Hz</span>
      </div>
      <div
        className="plot"
        ref={plot}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={cancel}
      >
        <Waveform piece={waveform} peak={peak} view={view} width={width} height={WAVE_PX} />
        <div className={`spectrogram-stack ${evidence ? "has-evidence" : ""}`}>
          <Spectrogram piece={spectrogram} view={view} width={width} height={SPECTROGRAM_PX} />
          {evidence && (
            <Evidence
              {...evidence}
              maxHz={maxHz}
              view={view}
              width={width}
              height={SPECTROGRAM_PX}
            />
          )}
        </div>
        {part && (
          <div
            className="part"
            style={{
              left: `${shareOf(view, part.startS) * 100}%`,
              width: `${((part.endS - part.startS) / spanOf(view)) * 100}%`,
            }}
          />
        )}
        {playback && <div className="playhead" ref={head} />}
      </div>
      <div className="axis-s" aria-hidden="true">
        {ticks.map(({ timeS, label }) => (
          <span
            key={label}
            className={shareOf(view, timeS) < EDGE ? "axis-edge" : ""}
            style={{ left: `${shareOf(view, timeS) * 100}%` }}
          >
            {label}
          </span>
        ))}
        <span className="axis-unit">s</span>
      </div>
    </div>
  );
}
