import { Paper, Title } from "@mantine/core";
import { useMemo } from "react";
import type { Epoch } from "../api/evaluation";
import type { Line } from "../lib/chart_spec";
import { plural, seconds } from "../lib/words";
import type { Answer } from "../state/answer";
import { FigureTable, ChartFigure } from "./chart_figure";

type Measure = "loss" | "holdout_loss" | "holdout_auroc" | "holdout_macc";

interface Shown extends Line {
  measure: Measure;
}

const LOSSES: Shown[] = [
  { measure: "loss", name: "training", colour: "chart-1" },
  { measure: "holdout_loss", name: "held out", colour: "chart-2", dash: [7, 4] },
];
const MEASURES: Shown[] = [
  { measure: "holdout_auroc", name: "AUROC", colour: "chart-1" },
  { measure: "holdout_macc", name: "MAcc", colour: "chart-2", dash: [7, 4] },
];

const shown = (value: number | null, digits = 3) => (value === null ? "–" : value.toFixed(digits));

function EpochFigure(props: {
  title: string;
  axis: string;
  shown: readonly Shown[];
  epochs: readonly Epoch[];
  range?: readonly [number, number];
}) {
  const { title, axis, epochs, range } = props;
  const lines = props.shown.filter(({ measure }) => epochs.some((epoch) => epoch[measure] !== null));
  const spec = useMemo(
    () => ({
      x: { name: "Epoch" },
      y: { name: axis, ...(range && { range }) },
      xs: epochs.map(({ epoch }) => epoch),
      lines: lines.map(({ measure, ...line }) => ({
        ...line,
        hasDots: epochs.length < 3,
        ys: epochs.map((epoch) => epoch[measure]),
      })),
    }),
    [epochs],
  );
  const last = epochs.at(-1);
  const ends = lines.map(({ measure, name }) => `${name} ${shown(last?.[measure] ?? null)}`).join(", ");
  if (lines.length === 0) return null;
  return (
    <ChartFigure
      title={title}
      spec={spec}
      summary={`${title} over ${plural(epochs.length, "epoch")}. At the end: ${ends}.`}
      keys={lines}
      table={
        <FigureTable
          caption={`${title} in figures`}
          heads={["Epoch", ...lines.map(({ name }) => name)]}
          rows={epochs.map((epoch) => [
            String(epoch.epoch),
            ...lines.map(({ measure }) => shown(epoch[measure])),
          ])}
        />
      }
    >
      After the last epoch: {ends}.
    </ChartFigure>
  );
}

export function TrainingCurves({ history }: { history: Answer<{ epochs: Epoch[] }> }) {
  const content = () => {
    if (history.state === "loading") return <p className="quiet">Loading…</p>;
    if (history.state !== "ready") {
      return <p>It is not known how this model was trained: {history.detail}</p>;
    }
    const { epochs } = history.value;
    const took = epochs.reduce((sum, epoch) => sum + (epoch.seconds ?? 0), 0);
    return (
      <>
        <p className="quiet">
          {plural(epochs.length, "epoch")}
          {took > 0 && `, ${seconds(took)}`}. Held-out recordings are few and taught it nothing;
          they only show whether it goes on learning, not how well it hears.
        </p>
        <div className="charts charts-wide">
          <EpochFigure title="Loss by epoch" axis="Loss" shown={LOSSES} epochs={epochs} />
          <EpochFigure
            title="Held-out measures by epoch"
            axis="Measure"
            shown={MEASURES}
            epochs={epochs}
            range={[0, 1]}
          />
        </div>
      </>
    );
  };
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="training-history">
      <Title order={2} id="training-history">
        How it was trained
      </Title>
      {content()}
    </Paper>
  );
}
