import { Button, Group, Paper, Skeleton, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Suspense, useMemo, useState } from "react";
import { audioAddress, ServerSource } from "../api/history";
import type { Prediction } from "../api/types";
import { DeleteDialog } from "../components/delete_dialog";
import { Facts } from "../components/facts";
import { BackIcon, DownloadIcon, PrintIcon, TrashIcon } from "../components/icons";
import { LabelPanel } from "../components/label_panel";
import { PageHeading } from "../components/page_heading";
import { RegionList } from "../components/region_list";
import { VerdictCard } from "../components/verdict_card";
import { calibratedFacts, thresholdWords } from "../lib/calibrated";
import { historyLink } from "../lib/filters";
import { late } from "../lib/late";
import { LocalSource } from "../lib/local_source";
import { LOCATION_WORDS, when } from "../lib/places";
import type { Item } from "../lib/queue";
import { percent, seconds } from "../lib/words";
import { historyAddress, useHistory } from "../state/history";
import type { Recording } from "../state/recording";
import { useRecording } from "../state/recording";
import { useQueue } from "../state/session";

const Player = late(() => import("../components/player"));

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <Paper className={`card card-${id}`} withBorder component="section" aria-labelledby={id}>
      <Title order={2} id={id}>
        {title}
      </Title>
      {children}
    </Paper>
  );
}

function Guidance({ guidance }: { guidance: Prediction["clinical_guidance"] }) {
  return (
    <Section id="guidance" title="Guidance">
      <p className="guidance-lead">{guidance.action}</p>
      <Facts
        facts={[
          ["Follow-up", guidance.follow_up],
          ["Urgency", guidance.urgency],
        ]}
      />
    </Section>
  );
}

// Who and where, with all recordings of the same person one click away.
function About({ prediction, isKept }: { prediction: Prediction; isKept: boolean }) {
  const { patient_ref, location, timestamp } = prediction;
  return (
    <p className="about-line quiet">
      {patient_ref && (
        <>
          Patient reference{" "}
          {isKept ? (
            <a href={historyLink({ patient_ref })} title="All recordings of this reference">
              {patient_ref}
            </a>
          ) : (
            patient_ref
          )}
          {" · "}
        </>
      )}
      {location && `${LOCATION_WORDS[location]} · `}
      {when(timestamp)}
    </p>
  );
}

function heartRate(bpm: number | null | undefined): string {
  if (bpm === undefined) return "not estimated";
  return bpm === null ? "no rhythm found" : `about ${Math.round(bpm)} beats/min`;
}

function Details({ prediction }: { prediction: Prediction }) {
  const { recording, model } = prediction;
  return (
    <Section id="details" title="Technical details">
      <Facts
        facts={[
          ...(prediction.verdict === "poor_quality"
            ? ([["Abnormal", `${percent(prediction.probability_abnormal)}, not to go by`]] as const)
            : []),
          ["Length", seconds(recording.duration_s)],
          ["Heart rate", heartRate(prediction.heart_rate_bpm)],
          ["Format", `${recording.format}, ${recording.sample_rate_hz} Hz`],
          ["Channels", String(recording.channels)],
          ["Model", `${model.name} ${model.version}`],
          ["Threshold", thresholdWords(prediction.threshold_used, prediction.operating_point)],
          ...calibratedFacts(prediction),
          ["Prediction", <code key="id">{prediction.id}</code>],
          ["SHA-256 of the file", <code key="file">{recording.sha256}</code>],
          ["SHA-256 of the model", <code key="model">{model.sha256}</code>],
        ]}
      />
    </Section>
  );
}

// To the recordings before and after this one: of the list that one came from.
function Neighbours({ id }: { id: string }) {
  const { entries } = useHistory();
  const { items } = useQueue();
  const session = items.flatMap(({ prediction }) => (prediction ? [prediction.id] : []));
  const ids = session.includes(id) ? session : entries.map((entry) => entry.id);
  const at = ids.indexOf(id);
  if (at < 0) return null;
  const link = (to: string | undefined, words: string) =>
    to && (
      <Button component="a" href={`#/recording/${to}`} variant="default">
        {words}
      </Button>
    );
  return (
    <>
      {link(ids[at - 1], "Previous")}
      {link(ids[at + 1], "Next")}
    </>
  );
}

function NotThere({ trouble, askAgain }: Recording) {
  const title = {
    absent: "This recording is not here",
    offline: "The server cannot be reached",
    refused: "This recording could not be opened",
  }[trouble?.kind ?? "refused"];
  const explanation = {
    absent:
      "It may have been deleted. Results that the server does not keep are gone with their tab.",
    offline:
      "It may be restarting, or this computer has lost its connection. The recording opens as soon as it is back.",
    refused: "",
  }[trouble?.kind ?? "refused"];
  return (
    <>
      <PageHeading title="Recording">{title}</PageHeading>
      <p>
        {trouble?.kind !== "offline" && trouble?.text} {explanation}
      </p>
      <Group gap="sm" mt="md">
        {trouble?.kind === "absent" ? (
          <>
            <Button component="a" href={historyAddress()} variant="default">
              History
            </Button>
            <Button component="a" href="#/listen">
              Listen
            </Button>
          </>
        ) : (
          <Button variant="default" onClick={askAgain}>
            Try again
          </Button>
        )}
      </Group>
    </>
  );
}

export default function RecordingPage({ id }: { id: string }) {
  const recording = useRecording(id);
  const { prediction, kept, item, trouble } = recording;
  const isKept = kept !== null;
  const [isDeleting, setDeleting] = useState(false);
  const file = item?.file;
  const source = useMemo(() => {
    if (isKept) return new ServerSource(id, file ?? null);
    return file ? new LocalSource(file) : null;
  }, [id, isKept, file]);

  if (!prediction) {
    if (trouble) return <NotThere {...recording} />;
    return (
      <>
        <PageHeading title="Recording">Opening…</PageHeading>
        <Skeleton height={220} mb="md" />
        <Skeleton height={420} aria-label="Opening the recording" />
      </>
    );
  }
  const name = item?.name ?? prediction.file_name;
  // Who has just heard it goes back to those results; everybody else to the history.
  const back = item
    ? { href: "#/listen", words: "All results" }
    : { href: historyAddress(), words: "History" };
  return (
    <article className="result">
      <Group justify="space-between" gap="sm" className="no-print" mb="md">
        <Button component="a" href={back.href} variant="subtle" leftSection={<BackIcon />} px="xs">
          {back.words}
        </Button>
        <Group gap="sm">
          <Neighbours id={id} />
          {isKept && (
            <Button
              component="a"
              href={audioAddress(id)}
              download={prediction.file_name}
              variant="default"
              leftSection={<DownloadIcon />}
            >
              Original
            </Button>
          )}
          <Button variant="default" leftSection={<PrintIcon />} onClick={() => window.print()}>
            Print
          </Button>
          {isKept && (
            <Button variant="default" leftSection={<TrashIcon />} onClick={() => setDeleting(true)}>
              Delete
            </Button>
          )}
        </Group>
      </Group>
      <p className="print-only">HeartBeat AI: how a heart-sound recording sounds</p>
      <PageHeading title={name}>{name}</PageHeading>
      <About prediction={prediction} isKept={isKept} />
      {trouble && !isKept && <OnlyHere item={item} recording={recording} />}
      <div className="two-columns">
        <VerdictCard prediction={prediction} />
        <Guidance guidance={prediction.clinical_guidance} />
      </div>
      <Section id="sound" title="Recording">
        {source && (isKept || trouble) ? (
          <Suspense fallback={<Skeleton height={470} aria-label="Opening the recording" />}>
            <Player source={source} prediction={prediction} isKept={isKept} />
          </Suspense>
        ) : (
          <Skeleton height={470} aria-label="Opening the recording" />
        )}
      </Section>
      {prediction.explanation && prediction.verdict !== "poor_quality" && (
        <div className="no-print">
          <Section id="why" title="Why">
            <RegionList regions={prediction.explanation.regions} />
          </Section>
        </div>
      )}
      <div className={isKept ? "two-columns" : ""}>
        {kept && (
          <Section id="label" title="Label">
            <LabelPanel key={id} id={id} verdict={kept.verdict} labels={kept.labels} />
          </Section>
        )}
        <Details prediction={prediction} />
      </div>
      <p className="disclaimer">{prediction.disclaimer}</p>
      {kept && (
        <DeleteDialog
          things={isDeleting ? [{ id, name }] : []}
          labelled={kept.labels.length > 0 ? 1 : 0}
          onClose={() => setDeleting(false)}
          onDeleted={() => {
            location.hash = historyAddress();
          }}
        />
      )}
    </article>
  );
}

// Why some of the page is missing.
function OnlyHere({ item, recording }: { item: Item | undefined; recording: Recording }) {
  if (!item) return null;
  return (
    <p className="notice-plain no-print" role="note">
      {recording.trouble?.text} What you see belongs to this tab and is gone with it; it cannot be
      labelled, and nobody else can open it.
    </p>
  );
}
