// The one file that brings uPlot; ChartFigure loads it when a plot is shown.

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import type { Axis, Mark, ChartColour, ChartSpec } from "../lib/chart_spec";

interface Props {
  spec: ChartSpec;
  summary: string; // the chart in words
}

const FONT = '13px system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const SQUARE_MAX_PX = 380;
const WIDE_PX = 190;
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hour12: false });

function formatOf(axis: Axis): (value: number) => string {
  if (axis.isTime) return (value) => TIME.format(value * 1000);
  return axis.format ?? ((value) => String(Number(value.toPrecision(6))));
}

function sizeOf(element: Element, spec: ChartSpec): { width: number; height: number } {
  const width = Math.max(Math.floor(element.getBoundingClientRect().width), 120);
  if (!spec.isSquare) return { width, height: WIDE_PX };
  const side = Math.min(width, SQUARE_MAX_PX);
  return { width: side, height: side };
}

function dataOf(spec: ChartSpec): uPlot.AlignedData {
  return [[...spec.xs], ...spec.lines.map(({ ys }) => [...ys])];
}

function rangeOf(axis: () => Axis): uPlot.Range.Function {
  return (_plot, low, high) => {
    const { range, isTime } = axis();
    if (range) return [range[0], range[1]];
    if (isTime) return [low, high];
    return [0, high > 0 ? high * 1.15 : 1];
  };
}

function optionsOf(
  element: HTMLElement,
  spec: () => ChartSpec,
  onReading: (text: string) => void,
): uPlot.Options {
  const colour = (name: ChartColour | "line" | "chart-band") =>
    getComputedStyle(element).getPropertyValue(`--${name}`).trim();

  const drawMark = (plot: uPlot, mark: Mark) => {
    const { ctx } = plot;
    const x = (value: number) => plot.valToPos(value, "x", true);
    const y = (value: number) => plot.valToPos(value, "y", true);
    const ratio = uPlot.pxRatio;
    ctx.beginPath();
    switch (mark.kind) {
      case "path":
        for (const [px, py] of mark.points) ctx.lineTo(x(px), y(py));
        ctx.strokeStyle = colour(mark.colour);
        ctx.lineWidth = 1.5 * ratio;
        ctx.setLineDash((mark.dash ?? []).map((length) => length * ratio));
        ctx.stroke();
        break;
      case "band":
        mark.x.forEach((px, i) => ctx.lineTo(x(px), y(mark.high[i] ?? 0)));
        for (let i = mark.x.length - 1; i >= 0; i--) {
          ctx.lineTo(x(mark.x[i] ?? 0), y(mark.low[i] ?? 0));
        }
        ctx.closePath();
        ctx.fillStyle = colour("chart-band");
        ctx.fill();
        break;
      case "dot":
        ctx.arc(x(mark.x), y(mark.y), 6 * ratio, 0, 2 * Math.PI);
        ctx.fillStyle = colour(mark.colour);
        ctx.strokeStyle = getComputedStyle(element).getPropertyValue("--surface").trim();
        ctx.lineWidth = 2 * ratio;
        ctx.setLineDash([]);
        ctx.fill();
        ctx.stroke();
        break;
    }
  };
  const drawMarks = (wanted: (mark: Mark) => boolean) => (plot: uPlot) => {
    const { left, top, width, height } = plot.bbox;
    const margin = 8 * uPlot.pxRatio; // a dot at the edge is whole
    plot.ctx.save();
    plot.ctx.beginPath();
    plot.ctx.rect(left - margin, top - margin, width + 2 * margin, height + 2 * margin);
    plot.ctx.clip();
    for (const mark of spec().marks ?? []) if (wanted(mark)) drawMark(plot, mark);
    plot.ctx.restore();
  };
  const axisOf = (side: "x" | "y"): uPlot.Axis => ({
    // A clock needs no name.
    ...(!spec()[side].isTime && {
      label: spec()[side].name,
      labelFont: FONT,
      labelSize: 20,
      labelGap: 2,
    }),
    font: FONT,
    size: side === "x" ? 28 : 46,
    gap: 6,
    space: side === "x" ? (spec().x.isTime ? 90 : 48) : 36,
    stroke: () => colour("quiet"),
    grid: { stroke: () => colour("line"), width: 1 },
    ticks: { show: false },
    values: (_plot, splits) => splits.map(formatOf(spec()[side])),
  });
  return {
    ...sizeOf(element, spec()),
    padding: [12, spec().x.isTime ? 32 : 16, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
    scales: {
      x: { time: spec().x.isTime ?? false, range: rangeOf(() => spec().x) },
      y: { range: rangeOf(() => spec().y) },
    },
    axes: [axisOf("x"), axisOf("y")],
    series: [
      {},
      ...spec().lines.map(
        (line): uPlot.Series => ({
          label: line.name,
          stroke: () => colour(line.colour),
          width: 2.25,
          dash: [...(line.dash ?? [])],
          points: { show: line.hasDots ?? false, size: 9, fill: () => colour(line.colour) },
        }),
      ),
    ],
    hooks: {
      drawAxes: [drawMarks(({ kind }) => kind !== "dot")],
      draw: [drawMarks(({ kind }) => kind === "dot")],
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          if (idx === null || idx === undefined) {
            onReading("");
            return;
          }
          const { x, y, xs, lines } = spec();
          const values = lines.map(({ name, ys }) => {
            const value = ys[idx];
            return `${name} ${value === null || value === undefined ? "–" : formatOf(y)(value)}`;
          });
          onReading(`${x.name} ${formatOf(x)(xs[idx] ?? 0)}: ${values.join(", ")}`);
        },
      ],
    },
  };
}

export default function Chart({ spec, summary }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(spec);
  latest.current = spec;
  const scheme = useComputedColorScheme();
  const [reading, setReading] = useState("");
  const shape = JSON.stringify([
    spec.lines.map(({ ys: _, ...line }) => line),
    spec.x.name,
    spec.y.name,
  ]);
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const current = () => latest.current;
    const made = new uPlot(optionsOf(element, current, setReading), dataOf(current()), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(element, current())));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(dataOf(spec)), [spec]);
  useEffect(() => plot.current?.redraw(false), [scheme]);
  return (
    <>
      <div
        ref={holder}
        className={spec.isSquare ? "chart chart-square" : "chart"}
        role="img"
        aria-label={summary}
      />
      <p className="chart-reading" aria-hidden="true">
        {reading}
      </p>
    </>
  );
}
