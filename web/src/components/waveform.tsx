import { useCallback } from "react";
import type { WaveformPiece } from "../lib/sound_source";
import type { View } from "../lib/view";
import { shareOf, spanOf } from "../lib/view";
import { Canvas } from "./canvas";

interface Props {
  piece: WaveformPiece | null;
  // The largest magnitude in the whole recording, which fills the height.
  peak: number;
  view: View;
  width: number;
  height: number;
}

export function peakOf({ min, max }: WaveformPiece): number {
  let peak = 0;
  for (let i = 0; i < min.length; i++) {
    peak = Math.max(peak, Math.abs(min[i] ?? 0), Math.abs(max[i] ?? 0));
  }
  return peak;
}

// The band between the lowest and highest sample; a line where it is near enough to see each sample.
export function Waveform({ piece, peak, view, width, height }: Props) {
  const draw = useCallback(
    (context: CanvasRenderingContext2D, canvas: HTMLCanvasElement) => {
      const style = getComputedStyle(canvas);
      context.strokeStyle = style.getPropertyValue("--line");
      context.beginPath();
      context.moveTo(0, height / 2);
      context.lineTo(width, height / 2);
      context.stroke();
      if (!piece || peak === 0) return;
      const count = piece.min.length;
      const pointS = spanOf(piece) / count;
      const x = (point: number) => shareOf(view, piece.startS + (point + 0.5) * pointS) * width;
      const scale = (height / 2 - 2) / peak;
      const y = (sample: number) => height / 2 - sample * scale;
      // With a point beyond each edge, so that the band reaches it.
      const first = Math.max(Math.floor((view.startS - piece.startS) / pointS) - 1, 0);
      const last = Math.min(Math.ceil((view.endS - piece.startS) / pointS) + 1, count - 1);
      context.beginPath();
      for (let i = first; i <= last; i++) context.lineTo(x(i), y(piece.max[i] ?? 0));
      for (let i = last; i >= first; i--) context.lineTo(x(i), y(piece.min[i] ?? 0));
      context.closePath();
      context.fillStyle = style.getPropertyValue("--wave");
      context.fill();
      context.strokeStyle = style.getPropertyValue("--wave");
      context.lineWidth = 1;
      context.lineJoin = "round";
      context.stroke();
    },
    [piece, peak, view, width, height],
  );
  return (
    <Canvas
      width={width}
      height={height}
      className="picture-waveform"
      label="Waveform"
      draw={draw}
    />
  );
}
