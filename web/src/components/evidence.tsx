import { useCallback, useMemo } from "react";
import type { EvidenceRegion } from "../api/types";
import type { EvidenceGrid } from "../lib/evidence";
import {
  colourOfEvidence,
  EVIDENCE_GRADIENT,
  largestOf,
  shareOfHeight,
  sideOf,
} from "../lib/evidence";
import type { View } from "../lib/view";
import { shareOf, spanOf } from "../lib/view";
import { Canvas } from "./canvas";

interface Props {
  grid: EvidenceGrid | null; // null: not there, or not yet
  regions: readonly EvidenceRegion[];
  maxHz: number;
  view: View;
  width: number;
  height: number;
}

const NUMBER_PX = 18; // what the number of a box takes

// Over the spectrogram: how much each time and frequency spoke for a class, and a numbered box around
// each of the strongest parts. Boxes of what speaks for normal are dashed, for who sees no colours.
export function Evidence({ grid, regions, maxHz, view, width, height }: Props) {
  const largest = useMemo(() => (grid ? largestOf(grid) : 0), [grid]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D) => {
      if (!grid || largest === 0) return;
      const x = (timeS: number) => shareOf(view, timeS) * width;
      const y = (hz: number) => height * (1 - shareOfHeight(hz, maxHz));
      const bottoms = grid.edgesHz.map(y);
      for (let column = 0; column + 1 < grid.timesS.length; column++) {
        const left = x(grid.timesS[column] ?? 0);
        const right = x(grid.timesS[column + 1] ?? 0);
        if (right < 0 || left > width) continue;
        grid.contributions.forEach((row, i) => {
          const [red, green, blue, hides] = colourOfEvidence((row[column] ?? 0) / largest);
          if (hides === 0) return;
          context.fillStyle = `rgb(${red} ${green} ${blue} / ${hides / 255})`;
          const top = bottoms[i + 1] ?? 0;
          context.fillRect(left, top, right - left, (bottoms[i] ?? 0) - top);
        });
      }
    },
    [grid, largest, maxHz, view, width, height],
  );
  return (
    <div className="evidence" data-loaded={grid !== null}>
      <Canvas
        width={width}
        height={height}
        className="picture-evidence"
        label="Which parts spoke for abnormal, and which for normal"
        draw={draw}
      />
      {regions.map((region, i) => {
        const left = shareOf(view, region.start_s);
        const share = (region.end_s - region.start_s) / spanOf(view);
        const bottom = shareOfHeight(region.low_hz, maxHz);
        const tall = shareOfHeight(region.high_hz, maxHz) - bottom;
        return (
          <div
            key={`${region.start_s} ${region.low_hz} ${region.contribution}`}
            className={`evidence-box evidence-${sideOf(region)}`}
            style={{
              left: `${left * 100}%`,
              width: `${share * 100}%`,
              bottom: `${bottom * 100}%`,
              height: `${tall * 100}%`,
            }}
            aria-hidden="true"
          >
            {share * width >= NUMBER_PX && <span>{i + 1}</span>}
          </div>
        );
      })}
    </div>
  );
}

// What the colours mean.
export function EvidenceLegend() {
  return (
    <div
      className="legend evidence-legend"
      aria-label="Colours: blue and dashed speaks for normal, orange and solid for abnormal"
      role="img"
    >
      <span>speaks for normal (dashed)</span>
      <span className="legend-bar" style={{ backgroundImage: EVIDENCE_GRADIENT }} />
      <span>for abnormal (solid)</span>
    </div>
  );
}
