import type { KeyboardEvent, PointerEvent } from "react";
import { useRef } from "react";
import type { View } from "../lib/view";
import { isWhole, panned, placed, spanOf } from "../lib/view";

interface Props {
  view: View;
  durationS: number;
  controls: string; // the id of what it scrolls
  onView: (view: View) => void;
}

// Which part of the recording is in view. A native bar would be some million pixels wide at 50 ms.
export function ScrollBar({ view, durationS, controls, onView }: Props) {
  const grip = useRef<{ x: number; startS: number } | null>(null);
  const bar = useRef<HTMLDivElement>(null);
  const perPixel = () => durationS / Math.max(bar.current?.clientWidth ?? 1, 1);
  const down = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = (event.clientX - box.left) * perPixel();
    const isOnThumb = at >= view.startS && at <= view.endS;
    const startS = isOnThumb ? view.startS : at - spanOf(view) / 2;
    if (!isOnThumb) onView(placed(startS, spanOf(view), durationS));
    grip.current = { x: event.clientX, startS };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (!grip.current) return;
    const by = (event.clientX - grip.current.x) * perPixel();
    onView(placed(grip.current.startS + by, spanOf(view), durationS));
  };
  const key = (event: KeyboardEvent) => {
    const share = { ArrowLeft: -0.1, ArrowRight: 0.1, PageUp: -0.9, PageDown: 0.9 }[event.key];
    const end = { Home: -durationS, End: durationS }[event.key];
    if (share === undefined && end === undefined) return;
    event.preventDefault();
    onView(panned(view, end ?? (share ?? 0) * spanOf(view), durationS));
  };
  const room = durationS - spanOf(view);
  return (
    <div
      className={`scroll-bar no-print${isWhole(view, durationS) ? " scroll-bar-idle" : ""}`}
      role="scrollbar"
      aria-label="Part in view"
      aria-controls={controls}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={room > 0 ? Math.round((view.startS / room) * 100) : 0}
      aria-disabled={isWhole(view, durationS)}
      tabIndex={isWhole(view, durationS) ? -1 : 0}
      ref={bar}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => {
        grip.current = null;
      }}
      onPointerCancel={() => {
        grip.current = null;
      }}
      onKeyDown={key}
    >
      <span
        className="scroll-thumb"
        style={{
          left: `${(view.startS / durationS) * 100}%`,
          width: `${(spanOf(view) / durationS) * 100}%`,
        }}
      />
    </div>
  );
}
