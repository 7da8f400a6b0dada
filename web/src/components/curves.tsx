import { Paper, Title } from "@mantine/core";
import { useMemo } from "react";
import type { Estimate, Evaluation, EvaluationGroup } from "../api/evaluation";
import {
  operatingPoint,
  outsideChance,
  precisionAt,
  reliabilityRows,
  sensitivityAt,
} from "../lib/curves";
import { thresholdText } from "../lib/calibrated";
import type { Key, Mark, Points } from "../lib/chart_spec";
import { DATABASE_ALL, databaseName, percent, plural } from "../lib/words";
import type { Answer } from "../state/answer";
import { figureText } from "./interval";
import { FigureTable, ChartFigure } from "./chart_figure";

const SHARE = [0, 1] as const;
const GUESSING: Key = { name: "guessing", colour: "quiet", dash: [3, 5] };
const ALL: Key = { name: "all recordings", colour: "chart-3", dash: [7, 4] };

function estimateText({ value, low, high }: Estimate): string {
  return value === null ? "undefined" : figureText({ value, low, high });
}

interface CurveProps {
  group: EvaluationGroup;
  all: EvaluationGroup | null; // to compare with, where `group` is one database
  threshold: number | null;
}

function pointKey(threshold: number | null): Key {
  const at = threshold === null ? "at its threshold" : `at threshold ${thresholdText(threshold)}`;
  return { name: at, colour: "chart-2", shape: "dot" };
}

function splitPoints(points: Points): { xs: number[]; ys: number[] } {
  return { xs: points.map(([x]) => x), ys: points.map(([, y]) => y) };
}

function RocFigure({ group, all, threshold }: CurveProps) {
  const point = operatingPoint(group.confusion_matrix);
  const spec = useMemo(() => {
    const { xs, ys } = splitPoints(group.roc);
    const marks: Mark[] = [
      {
        kind: "path",
        points: [
          [0, 0],
          [1, 1],
        ],
        colour: "quiet",
        dash: [3, 5],
      },
    ];
    if (all) marks.push({ kind: "path", points: all.roc, colour: "chart-3", dash: [7, 4] });
    if (point) {
      marks.push({ kind: "dot", x: point.falseAlarms, y: point.sensitivity, colour: "chart-2" });
    }
    return {
      x: { name: "1 − specificity", range: SHARE },
      y: { name: "Sensitivity", range: SHARE },
      xs,
      lines: [{ name: "Sensitivity", colour: "chart-1" as const, ys }],
      marks,
      isSquare: true,
    };
  }, [group, all, point?.falseAlarms, point?.sensitivity]);
  const here = point
    ? `At its threshold the model finds ${percent(point.sensitivity)} of the abnormal, and calls ${percent(point.falseAlarms)} of the normal abnormal.`
    : "One of the classes is missing, so there is no point to mark.";
  return (
    <ChartFigure
      title="ROC curve"
      spec={spec}
      summary={`ROC curve of ${databaseName(group.database)}. AUROC ${estimateText(group.auroc)}. ${here}`}
      keys={[
        { name: "sensitivity", colour: "chart-1" },
        ...(point ? [pointKey(threshold)] : []),
        ...(all ? [ALL] : []),
        GUESSING,
      ]}
      table={
        <FigureTable
          caption="ROC curve in figures"
          heads={["Specificity at least", "Sensitivity"]}
          rows={[0.99, 0.95, 0.9, 0.8, 0.7, 0.5].map((specificity) => [
            percent(specificity),
            percent(sensitivityAt(group.roc, 1 - specificity)),
          ])}
        />
      }
    >
      {here} AUROC {estimateText(group.auroc)}.
    </ChartFigure>
  );
}

function PrecisionRecallFigure({ group, all, threshold }: CurveProps) {
  const point = operatingPoint(group.confusion_matrix);
  const base = group.abnormal / (group.normal + group.abnormal);
  const spec = useMemo(() => {
    const { xs, ys } = splitPoints(group.precision_recall);
    const marks: Mark[] = [
      {
        kind: "path",
        points: [
          [0, base],
          [1, base],
        ],
        colour: "quiet",
        dash: [3, 5],
      },
    ];
    if (all) {
      marks.push({ kind: "path", points: all.precision_recall, colour: "chart-3", dash: [7, 4] });
    }
    if (point && point.precision !== null) {
      marks.push({ kind: "dot", x: point.sensitivity, y: point.precision, colour: "chart-2" });
    }
    return {
      x: { name: "Recall (sensitivity)", range: SHARE },
      y: { name: "Precision", range: SHARE },
      xs,
      lines: [{ name: "Precision", colour: "chart-1" as const, ys }],
      marks,
      isSquare: true,
    };
  }, [group, all, base, point?.sensitivity, point?.precision]);
  const here =
    point && point.precision !== null
      ? `Of those it calls abnormal at its threshold, ${percent(point.precision)} are.`
      : "It called nothing abnormal, so there is no point to mark.";
  return (
    <ChartFigure
      title="Precision and recall"
      spec={spec}
      summary={`Precision-recall curve of ${databaseName(group.database)}. AUPRC ${estimateText(group.auprc)}. ${here}`}
      keys={[
        { name: "precision", colour: "chart-1" },
        ...(point && point.precision !== null ? [pointKey(threshold)] : []),
        ...(all ? [ALL] : []),
        GUESSING,
      ]}
      table={
        <FigureTable
          caption="Precision-recall curve in figures"
          heads={["Recall at least", "Precision"]}
          rows={[0.99, 0.95, 0.9, 0.8, 0.7, 0.5].map((recall) => [
            percent(recall),
            percent(precisionAt(group.precision_recall, recall)),
          ])}
        />
      }
    >
      {here} Where fewer patients are ill than the {percent(base)} here, precision is lower. AUPRC{" "}
      {estimateText(group.auprc)}.
    </ChartFigure>
  );
}

// Whether the calibration error is more than chance makes of a calibrated model.
function calibrationWords(group: EvaluationGroup): string {
  const { value } = group.calibration_error;
  const { low, high } = group.calibration_error_by_chance;
  if (value === null || low === null || high === null) return "";
  const verdict =
    value > high ? "more than chance explains" : "nothing here speaks against the probabilities";
  return `Expected calibration error ${value.toFixed(3)}, where a perfectly calibrated model would show ${low.toFixed(3)} to ${high.toFixed(3)} with so many recordings: ${verdict}.`;
}

function ReliabilityFigure({ group }: { group: EvaluationGroup }) {
  const rows = useMemo(() => reliabilityRows(group), [group]);
  const spec = useMemo(() => {
    const xs = rows.map(({ meanProbability }) => meanProbability);
    const marks: Mark[] = [
      {
        kind: "band",
        x: xs,
        low: rows.map(({ chance }) => chance.low),
        high: rows.map(({ chance }) => chance.high),
      },
      {
        kind: "path",
        points: [
          [0, 0],
          [1, 1],
        ],
        colour: "quiet",
        dash: [3, 5],
      },
    ];
    return {
      x: { name: "Mean probability of abnormal", range: SHARE },
      y: { name: "Share that is abnormal", range: SHARE },
      xs,
      lines: [
        {
          name: "Share that is abnormal",
          colour: "chart-1" as const,
          hasDots: true,
          ys: rows.map(({ abnormalShare }) => abnormalShare),
        },
      ],
      marks,
      isSquare: true,
    };
  }, [rows]);
  const outside = outsideChance(rows);
  const inWords = `${outside} of ${plural(rows.length, "dot")} ${outside === 1 ? "lies" : "lie"} outside of what chance explains.`;
  return (
    <ChartFigure
      title="Reliability"
      spec={spec}
      summary={`Reliability diagram of ${databaseName(group.database)}: how often a recording was abnormal, over the probability that the model gave. ${inWords}`}
      keys={[
        { name: "measured", colour: "chart-1" },
        { name: "by chance, if calibrated", colour: "chart-1", shape: "band" },
        { name: "perfect", colour: "quiet", dash: [3, 5] },
      ]}
      table={
        <FigureTable
          caption="Reliability in figures"
          heads={["Mean probability", "Recordings", "Abnormal", "By chance"]}
          rows={rows.map(({ meanProbability, count, abnormalShare, chance }) => [
            percent(meanProbability),
            String(count),
            percent(abnormalShare),
            `${percent(chance.low)} to ${percent(chance.high)}`,
          ])}
        />
      }
    >
      The band holds 95 % of the dots of a perfectly calibrated model with so many recordings.{" "}
      {calibrationWords(group)}
    </ChartFigure>
  );
}

interface Props {
  evaluation: Answer<Evaluation>;
  database: string;
}

// The curves of one database, or of all recordings together.
export function Curves({ evaluation, database }: Props) {
  const content = () => {
    if (evaluation.state === "loading") return <p className="quiet">Loading…</p>;
    if (evaluation.state !== "ready") {
      return <p>There are no curves of this model: {evaluation.detail}</p>;
    }
    const { groups, threshold } = evaluation.value;
    const group = groups.find((one) => one.database === database);
    if (!group) return <p>There are no curves of {databaseName(database)}.</p>;
    const all =
      database === DATABASE_ALL
        ? null
        : (groups.find((one) => one.database === DATABASE_ALL) ?? null);
    return (
      <div className="charts">
        <RocFigure group={group} all={all} threshold={threshold} />
        <PrecisionRecallFigure group={group} all={all} threshold={threshold} />
        <ReliabilityFigure group={group} />
      </div>
    );
  };
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="curves">
      <Title order={2} id="curves">
        Curves: {database === DATABASE_ALL ? "all recordings" : database}
      </Title>
      {content()}
    </Paper>
  );
}
