import { Alert, Button, Group, Paper, Skeleton, Title } from "@mantine/core";
import type { ReactNode } from "react";
import type { HistoryEntry, Load } from "../api/live";
import { AlertIcon, PauseIcon, PlayIcon } from "../components/icons";
import MonitorCharts from "../components/monitor_charts";
import { PageHeading } from "../components/page_heading";
import { VerdictLabel } from "../components/verdict";
import { VerdictMix } from "../components/verdict_mix";
import type { MonitorView } from "../lib/monitor";
import { clock, span, when } from "../lib/moments";
import { percent, plural } from "../lib/words";
import type { ServerState } from "../state/health";
import { useServerState } from "../state/health";
import { useMonitor } from "../state/monitor";

const CONNECTIONS = {
  connecting: "Connecting…",
  live: "Live",
  reconnecting: "Reconnecting…",
} as const;

function ConnectionPill({ view }: { view: MonitorView }) {
  const { connection, isPaused } = view;
  const words = isPaused && connection === "live" ? "Paused" : CONNECTIONS[connection];
  const look = connection === "reconnecting" ? "offline" : connection === "live" ? "ready" : "";
  return (
    <span className={`pill pill-${look}`} role="status" data-testid="connection">
      <span className={`pill-dot${isPaused ? "" : ` live-${connection}`}`} aria-hidden="true" />
      {words}
    </span>
  );
}

function Trouble({ view, server }: { view: MonitorView; server: ServerState }) {
  const { connection, load } = view;
  if (connection !== "reconnecting") return null;
  const isDown = server === "offline";
  return (
    <Alert
      className="notice"
      icon={<AlertIcon />}
      title={isDown ? "The server cannot be reached" : "No news from the server"}
      role="status"
      color="yellow"
    >
      <p>
        {isDown
          ? "It may be restarting, or this computer has lost its connection."
          : "Its live events do not come at the moment; it may be restarting, or have as many listeners as it takes."}{" "}
        This page goes on by itself.
        {load && ` What is shown is as of ${clock(load.timestamp)}.`}
      </p>
    </Alert>
  );
}

function Tile({ name, children, note }: { name: string; children: ReactNode; note?: string }) {
  return (
    <div className="tile">
      <dt className="tile-name">{name}</dt>
      <dd className="tile-value">
        {children}
        {note && <span className="tile-note">{note}</span>}
      </dd>
    </div>
  );
}

function Tiles({ load, view }: { load: Load; view: MonitorView }) {
  const rate = view.samples.at(-1)?.requestsPerSecond ?? null;
  const { p50 } = load.latency_ms;
  const { waiting, limit, busy, threads } = load.queue;
  return (
    <dl className="tiles">
      <Tile name="Model" note={load.model ? `version ${load.model.version}` : "nothing is heard"}>
        {load.model_loaded && load.model ? load.model.name : "none loaded"}
      </Tile>
      <Tile name="Up for" note={`${load.connections.open} of ${load.connections.limit} connections`}>
        {span(load.uptime_seconds)}
      </Tile>
      <Tile name="Heard" note="since the server started">
        {load.predictions_served}
      </Tile>
      <Tile name="Requests" note="per second, mean of 5 s">
        {rate === null ? "–" : rate.toFixed(1)}
      </Tile>
      <Tile name="Time for one" note="median of the latest 1000">
        {p50 === null ? "–" : `${p50.toFixed(p50 < 10 ? 1 : 0)}\u00a0ms`}
      </Tile>
      <Tile name="Waiting" note={`of ${limit} at most; ${busy} of ${threads} threads busy`}>
        {waiting}
      </Tile>
    </dl>
  );
}

const LABELS = { normal: "normal", abnormal: "abnormal", unsure: "unsure" } as const;

function Latest({
  predictions,
  keepsHistory,
}: {
  predictions: readonly HistoryEntry[];
  keepsHistory: boolean | null;
}) {
  if (predictions.length === 0) {
    return (
      <p className="quiet">
        Nothing has been heard yet. Each recording appears here as soon as it is answered, whoever
        sent it. <a href="#/listen">Listen to one</a>
      </p>
    );
  }
  return (
    <table className="latest">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Recording</th>
          <th scope="col">Verdict</th>
          <th scope="col" className="number">
            Abnormal
          </th>
          <th scope="col" className="wide-only">
            Label
          </th>
        </tr>
      </thead>
      <tbody>
        {predictions.map((entry) => (
          <tr key={entry.id}>
            <td className="latest-time">
              <time dateTime={entry.timestamp} title={when(entry.timestamp)}>
                {clock(entry.timestamp)}
              </time>
            </td>
            <td>
              {keepsHistory ? (
                <a className="file-name" href={`#/recording/${entry.id}`}>
                  {entry.file_name}
                </a>
              ) : (
                <span className="file-name">{entry.file_name}</span>
              )}
            </td>
            <td>
              <VerdictLabel verdict={entry.verdict} />
            </td>
            <td className="number">{percent(entry.probability_abnormal)}</td>
            <td className="wide-only">{entry.label ? LABELS[entry.label] : "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export default function MonitoringPage() {
  const { view, monitor, keepsHistory } = useMonitor();
  const server = useServerState();
  const { load, isPaused, missed } = view;
  return (
    <>
      <Group justify="space-between" align="start" gap="sm">
        <PageHeading title="Monitoring">Monitoring</PageHeading>
        <Group gap="md">
          <ConnectionPill view={view} />
          <Button
            variant="default"
            aria-pressed={isPaused}
            leftSection={isPaused ? <PlayIcon size={18} /> : <PauseIcon size={18} />}
            onClick={() => (isPaused ? monitor.resume() : monitor.pause())}
          >
            {isPaused ? "Go on" : "Pause"}
          </Button>
        </Group>
      </Group>
      {isPaused && (
        <p className="notice-plain" role="status">
          Paused{load && ` at ${clock(load.timestamp)}`}. The server goes on
          {missed > 0 && `, and has heard ${plural(missed, "more recording")}`}.
        </p>
      )}
      <Trouble view={view} server={server} />
      {view.restartedAt && (
        <p className="notice-plain">The server was restarted: it is back since {clock(view.restartedAt)}.</p>
      )}
      {load ? (
        <>
          <Paper className="card" withBorder component="section" aria-labelledby="now">
            <Title order={2} id="now" className="visually-hidden">
              Now
            </Title>
            <Tiles load={load} view={view} />
          </Paper>
          <Paper className="card" withBorder component="section" aria-labelledby="minutes">
            <Title order={2} id="minutes">
              The last minutes
            </Title>
            <MonitorCharts samples={view.samples} />
          </Paper>
          <Paper className="card" withBorder component="section" aria-labelledby="mix">
            <Title order={2} id="mix">
              Verdicts since the server started
            </Title>
            <VerdictMix verdicts={load.verdicts} />
          </Paper>
        </>
      ) : (
        <Skeleton height={220} mb="lg" aria-label="Waiting for the server's figures" />
      )}
      <Paper className="card" withBorder component="section" aria-labelledby="latest">
        <Title order={2} id="latest">
          Latest predictions
        </Title>
        {keepsHistory === false && (
          <p className="quiet">
            This server keeps no history: what is listed here is gone when the page is left.
          </p>
        )}
        <Latest predictions={view.predictions} keepsHistory={keepsHistory} />
      </Paper>
    </>
  );
}
