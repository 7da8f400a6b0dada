import type { Figure } from "../api/types";

interface Props {
  figure: Figure | undefined;
  chance?: number | undefined; // what guessing reaches, as a faint line
}

export function figureText({ value, low, high }: Figure): string {
  const interval = low === null || high === null ? "" : ` [${low.toFixed(3)}, ${high.toFixed(3)}]`;
  return value.toFixed(3) + interval;
}

// A value between 0 and 1 with its 95 % interval. The figures stand beside it in words.
export function IntervalPlot({ figure, chance }: Props) {
  if (!figure) return null;
  const { value, low, high } = figure;
  const at = (share: number) => `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return (
    <span className="interval" aria-hidden="true">
      {chance !== undefined && <span className="interval-chance" style={{ left: at(chance) }} />}
      {low !== null && high !== null && (
        <span className="interval-range" style={{ left: at(low), width: at(high - low) }} />
      )}
      <span className="interval-value" style={{ left: at(value) }} />
    </span>
  );
}
