import { Button, Group, Paper, Skeleton, Title } from "@mantine/core";
import { lazy, Suspense } from "react";
import type { Prediction } from "../api/types";
import { Facts } from "../components/facts";
import { BackIcon, PrintIcon } from "../components/icons";
import { PageHeading } from "../components/page_heading";
import { VerdictCard } from "../components/verdict_card";
import type { Item } from "../lib/queue";
import { seconds } from "../lib/words";
import { useQueue } from "../state/session";

// The month as a word: 2/1 is read in two ways.
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const Player = lazy(() => import("../components/player"));

function Guidance({ guidance }: { guidance: Prediction["clinical_guidance"] }) {
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="guidance">
      <Title order={2} id="guidance">
        Guidance
      </Title>
      <p className="guidance-lead">{guidance.action}</p>
      <Facts
        facts={[
          ["Follow-up", guidance.follow_up],
          ["Urgency", guidance.urgency],
        ]}
      />
    </Paper>
  );
}

function Details({ prediction }: { prediction: Prediction }) {
  const { recording, model } = prediction;
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="details">
      <Title order={2} id="details">
        Technical details
      </Title>
      <Facts
        facts={[
          ["Heard", WHEN.format(new Date(prediction.timestamp))],
          ["Length", seconds(recording.duration_s)],
          ["Format", `${recording.format}, ${recording.sample_rate_hz} Hz`],
          ["Channels", String(recording.channels)],
          ["Model", `${model.name} ${model.version}`],
          ["Threshold", String(prediction.threshold_used)],
          ["SHA-256 of the file", <code key="file">{recording.sha256}</code>],
          ["SHA-256 of the model", <code key="model">{model.sha256}</code>],
        ]}
      />
    </Paper>
  );
}

// To the results before and after this one.
function Neighbours({ items, id }: { items: readonly Item[]; id: string }) {
  const heard = items.filter((item) => item.prediction);
  const at = heard.findIndex((item) => item.id === id);
  const link = (item: Item | undefined, words: string) =>
    item && (
      <Button component="a" href={`#/result/${item.id}`} variant="default" title={item.name}>
        {words}
      </Button>
    );
  return (
    <>
      {link(heard[at - 1], "Previous")}
      {link(heard[at + 1], "Next")}
    </>
  );
}

export default function ResultPage({ id }: { id: string }) {
  const { items } = useQueue();
  const item = items.find((one) => one.id === id);
  if (!item?.prediction) {
    return (
      <>
        <PageHeading title="Result">This result is no longer here</PageHeading>
        <p>Results stay in the tab in which they were made, until it is closed or reloaded.</p>
        <Button component="a" href="#/listen" mt="md">
          Listen again
        </Button>
      </>
    );
  }
  const { prediction } = item;
  return (
    <article className="result">
      <Group justify="space-between" gap="sm" className="no-print" mb="md">
        <Button component="a" href="#/listen" variant="subtle" leftSection={<BackIcon />} px="xs">
          All results
        </Button>
        <Group gap="sm">
          <Neighbours items={items} id={id} />
          <Button variant="default" leftSection={<PrintIcon />} onClick={() => window.print()}>
            Print
          </Button>
        </Group>
      </Group>
      <p className="print-only">HeartBeat AI: how a heart-sound recording sounds</p>
      <PageHeading title={item.name}>{item.name}</PageHeading>
      <div className="two-columns">
        <VerdictCard prediction={prediction} />
        <Guidance guidance={prediction.clinical_guidance} />
      </div>
      <Paper className="card" withBorder component="section" aria-labelledby="sound">
        <Title order={2} id="sound">
          Recording
        </Title>
        <Suspense fallback={<Skeleton height={240} aria-label="Opening the recording" />}>
          <Player file={item.file} prediction={prediction} />
        </Suspense>
      </Paper>
      <Details prediction={prediction} />
      <p className="disclaimer">{prediction.disclaimer}</p>
    </article>
  );
}
