import { Skeleton, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Suspense } from "react";
import { late } from "../lib/late";
import type { Key, ChartSpec } from "../lib/chart_spec";

const Chart = late(() => import("./chart"));

function KeySample({ colour, dash, shape = "line" }: Key) {
  const stroke = `var(--${colour})`;
  return (
    <svg width="30" height="14" aria-hidden="true" focusable="false">
      {shape === "line" && (
        <path
          d="M1 7h28"
          stroke={stroke}
          strokeWidth="2.5"
          strokeDasharray={dash?.join(" ")}
          fill="none"
        />
      )}
      {shape === "dot" && <circle cx="15" cy="7" r="5.5" fill={stroke} />}
      {shape === "band" && <rect x="1" y="1" width="28" height="12" fill="var(--chart-band)" />}
    </svg>
  );
}

interface Props {
  title: string;
  spec: ChartSpec;
  summary: string; // the chart in words, for those who do not see it
  keys: readonly Key[];
  table: ReactNode; // the chart in figures
  children?: ReactNode; // how to read it
}

// A chart with what it takes to read it: its key, a word on it, and its figures as a table.
export function ChartFigure({ title, spec, summary, keys, table, children }: Props) {
  return (
    <figure className="chart-figure">
      <Title order={3} className="chart-title">
        {title}
      </Title>
      <ul className="chart-keys">
        {keys.map((key) => (
          <li key={key.name}>
            <KeySample {...key} />
            {key.name}
          </li>
        ))}
      </ul>
      <Suspense fallback={<Skeleton height={spec.isSquare ? 340 : 190} aria-hidden="true" />}>
        <Chart spec={spec} summary={summary} />
      </Suspense>
      {children && <figcaption className="quiet small">{children}</figcaption>}
      <details className="chart-table">
        <summary>In figures</summary>
        {table}
      </details>
    </figure>
  );
}

interface TableProps {
  caption: string;
  heads: readonly string[];
  rows: readonly (readonly string[])[];
}

// The first column names its row.
export function FigureTable({ caption, heads, rows }: TableProps) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={caption}>
      <table className="plain-table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, i) => (
                <td key={heads[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
