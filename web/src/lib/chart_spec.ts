// What a plot shows. Drawn by components/chart.tsx, which alone brings uPlot.

// Custom properties of styles/charts.css, in the order in which lines take them.
export type ChartColour = "chart-1" | "chart-2" | "chart-3" | "quiet";

export type Points = readonly (readonly [number, number])[];

export interface Line {
  name: string;
  colour: ChartColour;
  dash?: readonly number[]; // so that lines are told apart without their colours
  hasDots?: boolean;
}

// Drawn beside the lines, and not read out by the pointer.
export type Mark =
  | { kind: "path"; points: Points; colour: ChartColour; dash?: readonly number[] }
  | { kind: "band"; x: readonly number[]; low: readonly number[]; high: readonly number[] }
  | { kind: "dot"; x: number; y: number; colour: ChartColour };

export interface Axis {
  name: string;
  range?: readonly [number, number]; // without: from 0 to a little above the highest
  isTime?: boolean; // seconds since 1970
  format?: (value: number) => string;
}

export interface ChartSpec {
  x: Axis;
  y: Axis;
  xs: readonly number[]; // rising
  lines: readonly (Line & { ys: readonly (number | null)[] })[];
  marks?: readonly Mark[];
  isSquare?: boolean;
}

export interface Key {
  name: string;
  colour: ChartColour;
  dash?: readonly number[];
  shape?: "line" | "dot" | "band";
}
