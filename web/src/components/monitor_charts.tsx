import { useReducedMotion } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useMemo, useRef } from "react";
import type { Sample } from "../lib/monitor";
import { highest, SHOWN_S } from "../lib/monitor";
import { clock } from "../lib/moments";
import type { Line } from "../lib/chart_spec";
import { FigureTable, ChartFigure } from "./chart_figure";

type Measured = Exclude<keyof Sample, "time_s">;

interface Shown extends Line {
  measure: Measured;
}

const REQUESTS: Shown[] = [
  { measure: "requestsPerSecond", name: "requests per second", colour: "chart-1" },
];
const LATENCY: Shown[] = [
  { measure: "p50", name: "p50", colour: "chart-1" },
  { measure: "p95", name: "p95", colour: "chart-2", dash: [7, 4] },
  { measure: "p99", name: "p99", colour: "chart-3", dash: [2, 3] },
];
const QUEUE: Shown[] = [
  { measure: "waiting", name: "waiting", colour: "chart-2" },
  { measure: "busy", name: "being heard", colour: "chart-1", dash: [7, 4] },
];

// Shown at first; then as much as there is.
const LEAST_S = 60;

const number = (value: number | null, digits: number) =>
  value === null ? "–" : Number(value.toFixed(digits)).toString();

// Whoever does not want things to move gets them every ten seconds.
const CALM_S = 10;

function useCalm(samples: readonly Sample[]): readonly Sample[] {
  const isCalm = useReducedMotion();
  const shown = useRef(samples);
  const age = (samples.at(-1)?.time_s ?? 0) - (shown.current.at(-1)?.time_s ?? 0);
  if (!isCalm || shown.current.length === 0 || Math.abs(age) >= CALM_S) shown.current = samples;
  return shown.current;
}

// The latest of each half minute, newest first.
function rowsOf(samples: readonly Sample[], shown: readonly Shown[], digits: number): string[][] {
  const byTime = new Map<number, Sample>();
  for (const sample of samples) {
    if (shown.some(({ measure }) => sample[measure] !== null)) {
      byTime.set(Math.floor(sample.time_s / 30), sample);
    }
  }
  return [...byTime.values()]
    .reverse()
    .map((sample) => [
      clock(new Date(sample.time_s * 1000).toISOString()),
      ...shown.map(({ measure }) => number(sample[measure], digits)),
    ]);
}

function TimeFigure(props: {
  title: string;
  unit: string;
  axis: string;
  samples: readonly Sample[];
  shown: readonly Shown[];
  digits: number;
  children?: ReactNode;
}) {
  const { title, unit, axis, samples, shown, digits } = props;
  const spec = useMemo(() => {
    const end = samples.at(-1)?.time_s ?? 0;
    const begin = Math.max(Math.min(samples[0]?.time_s ?? 0, end - LEAST_S), end - SHOWN_S);
    return {
      x: { name: "Time", isTime: true, range: [begin, end] as const },
      y: { name: axis },
      xs: samples.map(({ time_s }) => time_s),
      lines: shown.map(({ measure, ...line }) => ({ ...line, ys: samples.map((one) => one[measure]) })),
    };
  }, [samples]);
  const last = samples.at(-1);
  const now = shown
    .map(({ measure, name }) => `${name} ${number(last?.[measure] ?? null, digits)}${unit}`)
    .join(", ");
  const peaks = shown
    .map(({ measure, name }) => `${name} ${number(highest(samples, measure), digits)}${unit}`)
    .join(", ");
  return (
    <ChartFigure
      title={title}
      spec={spec}
      summary={`${title} over the last minutes. Now: ${now}. At most: ${peaks}.`}
      keys={shown}
      table={
        <FigureTable
          caption={`${title} in figures`}
          heads={["Time", ...shown.map(({ name }) => name)]}
          rows={rowsOf(samples, shown, digits)}
        />
      }
    >
      {props.children}
    </ChartFigure>
  );
}

export default function MonitorCharts({ samples }: { samples: readonly Sample[] }) {
  const shown = useCalm(samples);
  const wasHeard = shown.some(({ p50 }) => p50 !== null);
  return (
    <div className="charts">
      <TimeFigure
        title="Requests"
        unit=""
        axis="Per second"
        samples={shown}
        shown={REQUESTS}
        digits={1}
      />
      {wasHeard ? (
        <TimeFigure
          title="Time for one recording"
          unit=" ms"
          axis="Milliseconds"
          samples={shown}
          shown={LATENCY}
          digits={1}
        >
          Of the latest 1000: half took p50 or less, 95 of 100 p95 or less, 99 of 100 p99 or less.
        </TimeFigure>
      ) : (
        <div className="chart-figure">
          <h3 className="chart-title">Time for one recording</h3>
          <p className="quiet">Known as soon as the first recording has been heard.</p>
        </div>
      )}
      <TimeFigure
        title="Queue"
        unit=""
        axis="Requests"
        samples={shown}
        shown={QUEUE}
        digits={0}
      />
    </div>
  );
}
