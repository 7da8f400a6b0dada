import { Alert, Button, NativeSelect, Paper, Skeleton, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { getMetrics, getModel, ProblemError } from "../api/client";
import type { Evaluation } from "../api/evaluation";
import { getEvaluation, getTrainingHistory } from "../api/evaluation";
import type { FigureGroup, Metrics, ModelCard } from "../api/types";
import { Confusion } from "../components/confusion";
import { Curves } from "../components/curves";
import { Facts } from "../components/facts";
import { AlertIcon } from "../components/icons";
import { figureText, IntervalPlot } from "../components/interval";
import { PageHeading } from "../components/page_heading";
import { TrainingCurves } from "../components/training_curves";
import { calibrationWords, thresholdText, thresholdWords } from "../lib/calibrated";
import { DATABASE_ALL, databaseName, isSmall, plural, seconds, spreadOf } from "../lib/words";
import type { Answer } from "../state/answer";
import { useAnswer } from "../state/answer";
import { useServerState } from "../state/health";

interface Loaded {
  card: ModelCard | null;
  metrics: Metrics | null;
  trouble: string | null;
}

// Asked again whenever the server comes back or gets a model.
function useModel(): Loaded | null {
  const server = useServerState();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    Promise.all([getModel(abort.signal), getMetrics(abort.signal)])
      .then(([card, metrics]) => setLoaded({ card, metrics, trouble: null }))
      .catch((failure: unknown) => {
        if (abort.signal.aborted) return;
        const trouble =
          failure instanceof ProblemError
            ? failure.message
            : "The server cannot be reached. This page goes on by itself when it is back.";
        setLoaded((before) => ({ card: null, metrics: null, ...before, trouble }));
      });
    return () => abort.abort();
  }, [server]);
  return loaded;
}

const MEASURES = [
  {
    key: "sensitivity",
    name: "Sensitivity",
    explanation: "of the abnormal, called abnormal",
    chance: undefined,
  },
  {
    key: "specificity",
    name: "Specificity",
    explanation: "of the normal, called normal",
    chance: undefined,
  },
  { key: "macc", name: "MAcc", explanation: "mean of both", chance: 0.5 },
  { key: "auroc", name: "AUROC", explanation: "at every threshold", chance: 0.5 },
] as const;

const OTHER_MEASURES = [
  ["accuracy", "Accuracy"],
  ["precision", "Precision"],
  ["f1", "F1"],
  ["auprc", "AUPRC"],
  ["brier", "Brier score (lower is better)"],
  ["calibration_error", "Calibration error (lower is better)"],
] as const;

function KeyFigures({ group }: { group: FigureGroup }) {
  return (
    <div className="key-figures">
      {MEASURES.map(({ key, name, explanation, chance }) => {
        const figure = group.measures[key];
        return (
          <div key={key} className="key-figure">
            <span className="key-name">{name}</span>
            <span className="key-value">{figure ? figure.value.toFixed(3) : "–"}</span>
            <IntervalPlot figure={figure} chance={chance} />
            <span className="quiet small">
              {figure && figure.low !== null && figure.high !== null
                ? `${figure.low.toFixed(3)} to ${figure.high.toFixed(3)}`
                : "no interval"}
            </span>
            <span className="quiet small">{explanation}</span>
          </div>
        );
      })}
    </div>
  );
}

function Databases({ groups }: { groups: readonly FigureGroup[] }) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Figures of each database">
      <table className="databases">
        <thead>
          <tr>
            <th scope="col">Database</th>
            <th scope="col" className="number">
              Normal
            </th>
            <th scope="col" className="number">
              Abnormal
            </th>
            {MEASURES.map(({ key, name }) => (
              <th key={key} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr
              key={group.database}
              className={group.database === DATABASE_ALL ? "all" : undefined}
            >
              <th scope="row">
                {databaseName(group.database)}
                {isSmall(group) && <span className="quiet small block">too few to judge</span>}
              </th>
              <td className="number">{group.normal}</td>
              <td className="number">{group.abnormal}</td>
              {MEASURES.map(({ key, chance }) => {
                const figure = group.measures[key];
                return (
                  <td key={key}>
                    <span className="figure">{figure ? figureText(figure) : "–"}</span>
                    <IntervalPlot figure={figure} chance={chance} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Limits({ card }: { card: ModelCard }) {
  const spread = card.figures && spreadOf(card.figures.groups, "macc");
  const macc = (group: FigureGroup) => group.measures["macc"]?.value.toFixed(3) ?? "–";
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="limits">
      <Title order={2} id="limits">
        What it cannot do
      </Title>
      <ul className="limits">
        <li>
          {card.hears_murmurs
            ? "It tells normal from abnormal sounding recordings, and says whether it hears a murmur, which many healthy children have. It names no disease."
            : "It tells normal from abnormal sounding recordings, nothing finer: it names no disease and finds no murmur."}
        </li>
        <li>
          These figures are of recordings from the places it was trained on. In another hospital, or
          with another stethoscope, it may be little better than guessing: evaluate it there first.
        </li>
        {spread && (
          <li>
            It does not do equally well everywhere: MAcc goes from {macc(spread.lowest)} (
            {spread.lowest.database}) to {macc(spread.highest)} ({spread.highest.database}).
          </li>
        )}
        <li>
          {card.calibration
            ? "A probability is right on average for recordings like those that it was calibrated on. Of a single patient, and of another hospital, it may be far off."
            : "A probability is what the model computes, and not how often such a patient turns out to be ill."}
        </li>
        <li>A normal verdict rules nothing out. Symptoms and other findings come first.</li>
      </ul>
      <p className="disclaimer">{card.disclaimer}</p>
    </Paper>
  );
}

function Figures({ card, evaluation }: { card: ModelCard; evaluation: Answer<Evaluation> }) {
  const { figures, figures_note } = card;
  const [database, setDatabase] = useState(DATABASE_ALL);
  const group = figures?.groups.find((one) => one.database === database);
  if (!figures || !group) {
    return (
      <Paper className="card" withBorder>
        <Title order={2}>How well it hears</Title>
        <p>There are no figures of this model: {figures_note ?? "nothing was measured"}.</p>
      </Paper>
    );
  }
  const part = figures.split ? ` (“${figures.split}”)` : "";
  return (
    <>
      <Paper className="card" withBorder component="section" aria-labelledby="figures">
        <Title order={2} id="figures">
          How well it hears
        </Title>
        {figures.groups.length > 1 && (
          <NativeSelect
            className="choose"
            label="Recordings of"
            value={database}
            onChange={(event) => setDatabase(event.currentTarget.value)}
            data={figures.groups.map((one) => ({
              value: one.database,
              label: databaseName(one.database),
            }))}
          />
        )}
        <p className="quiet">
          Measured on {plural(group.normal + group.abnormal, "recording")}
          {part}, {group.normal} labelled normal and {group.abnormal} abnormal, at threshold{" "}
          {thresholdText(figures.threshold)}. Below each figure stands its 95 % interval; a faint line marks what
          guessing reaches.
          {isSmall(group) && " They are too few to judge by."}
        </p>
        <KeyFigures group={group} />
      </Paper>
      <Curves evaluation={evaluation} database={database} />
      <div className="two-columns">
        {group.confusion_matrix && (
          <Paper className="card" withBorder component="section" aria-labelledby="confusion">
            <Title order={2} id="confusion">
              Right and wrong
            </Title>
            <Confusion matrix={group.confusion_matrix} />
          </Paper>
        )}
        <Paper className="card" withBorder component="section" aria-labelledby="others">
          <Title order={2} id="others">
            Further measures
          </Title>
          <Facts
            facts={OTHER_MEASURES.filter(([key]) => group.measures[key]).map(([key, name]) => [
              name,
              group.measures[key] ? figureText(group.measures[key]) : "–",
            ])}
          />
        </Paper>
      </div>
      <Paper className="card" withBorder component="section" aria-labelledby="databases">
        <Title order={2} id="databases">
          By database
        </Title>
        <Databases groups={figures.groups} />
      </Paper>
    </>
  );
}

function Identity({ card, metrics }: { card: ModelCard; metrics: Metrics | null }) {
  const { features } = card;
  const served = metrics ? plural(metrics.predictions_served, "recording") : "–";
  const median = metrics?.latency_p50_ms;
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="identity">
      <Title order={2} id="identity">
        Identity
      </Title>
      <Facts
        facts={[
          ["Name and version", `${card.name} ${card.version}`],
          ["Licence", card.license],
          [
            "Called abnormal from",
            thresholdWords(card.threshold, card.calibration?.operating_point),
          ],
          ["Calibrated", calibrationWords(card.calibration)],
          ["Hears", `windows of ${card.window_s} s at ${features["sample_rate_hz"]} Hz`],
          [
            "Range",
            `${features["min_hz"]}–${features["max_hz"]} Hz in ${features["mel_bands"]} mel bands`,
          ],
          ["SHA-256 of the model", <code key="model">{card.sha256}</code>],
          ["Fingerprint of its training data", <code key="data">{card.training_data_sha256}</code>],
          ["Heard since the server started", served],
          ...(median ? ([["Median time for one", `${median.toFixed(0)} ms`]] as const) : []),
          ...(metrics
            ? ([["This server has run for", seconds(metrics.uptime_seconds)]] as const)
            : []),
        ]}
      />
    </Paper>
  );
}

export default function ModelPage() {
  const loaded = useModel();
  const server = useServerState();
  const [evaluation] = useAnswer(getEvaluation, [server]);
  const [history] = useAnswer(getTrainingHistory, [server]);
  if (!loaded) {
    return (
      <>
        <PageHeading title="Model">Model</PageHeading>
        <Skeleton height={220} mb="lg" aria-label="Loading" />
        <Skeleton height={320} />
      </>
    );
  }
  const { card, metrics, trouble } = loaded;
  return (
    <>
      <PageHeading title="Model">
        {card ? `Model ${card.name} ${card.version}` : "Model"}
      </PageHeading>
      {trouble && (
        <Alert
          className="notice"
          icon={<AlertIcon />}
          title="No news of the model"
          role="status"
          color="yellow"
        >
          <p>{trouble}</p>
          <Button component="a" href="#/listen" size="xs" variant="default" mt="xs">
            Go to Listen
          </Button>
        </Alert>
      )}
      {card && (
        <>
          <Figures card={card} evaluation={evaluation} />
          <Limits card={card} />
          <TrainingCurves history={history} />
          <Identity card={card} metrics={metrics} />
        </>
      )}
    </>
  );
}
