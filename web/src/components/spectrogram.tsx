import { useCallback, useMemo } from "react";
import { colourOf, GRADIENT } from "../lib/colours";
import type { SpectrogramPiece } from "../lib/sound_source";
import { MIN_DB } from "../lib/sound_source";
import type { View } from "../lib/view";
import { shareOf } from "../lib/view";
import { Canvas } from "./canvas";

interface Props {
  piece: SpectrogramPiece | null;
  view: View;
  width: number;
  height: number;
}

const COLOURS = Array.from({ length: 256 }, (_, level) => colourOf(level));

// A pixel for each value, the highest frequency at the top.
function imageOf({ bands, frames, values }: SpectrogramPiece): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = frames;
  canvas.height = bands;
  const image = new ImageData(frames, bands);
  for (let band = 0; band < bands; band++) {
    const row = bands - 1 - band;
    for (let frame = 0; frame < frames; frame++) {
      const colour = COLOURS[values[band * frames + frame] ?? 0] ?? [0, 0, 0];
      image.data.set([...colour, 255], 4 * (row * frames + frame));
    }
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

export function Spectrogram({ piece, view, width, height }: Props) {
  const image = useMemo(() => (piece && piece.frames > 0 ? imageOf(piece) : null), [piece]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      context.fillStyle = `rgb(${COLOURS[0]?.join(" ")})`;
      context.fillRect(0, 0, width, height);
      if (!image || !piece) return;
      const left = shareOf(view, piece.startS) * width;
      const right = shareOf(view, piece.endS) * width;
      context.imageSmoothingQuality = "high";
      // The middle of the lowest band is at the bottom edge, that of the highest at the top.
      const band = height / Math.max(piece.bands - 1, 1);
      context.drawImage(image, left, -band / 2, right - left, height + band);
    },
    [image, piece, view, width, height],
  );
  return (
    <Canvas
      width={width}
      height={height}
      className="picture-spectrogram"
      label="Spectrogram: how strong each frequency is, over time"
      draw={draw}
    />
  );
}

// What the colours mean.
export function Legend({ piece }: { piece: SpectrogramPiece | null }) {
  const low = piece?.minDb ?? MIN_DB;
  const high = piece?.maxDb ?? 0;
  return (
    <div className="legend" aria-label={`Colours: ${low} to ${high} dB of the loudest`} role="img">
      <span>{low} dB</span>
      <span className="legend-bar" style={{ background: GRADIENT }} />
      <span>{high} dB (the loudest)</span>
    </div>
  );
}
