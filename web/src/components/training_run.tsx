import { Alert, Button, Group, Paper, Progress, Title } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { TrainingStatus } from "../api/training";
import { startTraining, stopTraining } from "../api/training";
import { ProblemError } from "../api/client";
import { aboutLeft, span, when } from "../lib/moments";
import { sentence, troubleOf } from "../lib/trouble";
import { Confirm } from "./confirm";
import { AlertIcon, StopIcon } from "./icons";

const NOT_INSTALLED = 501;

function Log({ lines, isRunning }: { lines: readonly string[]; isRunning: boolean }) {
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    // Whoever scrolled up to read stays there.
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  if (lines.length === 0) return null;
  return (
    <details className="log" open={isRunning}>
      <summary>Log ({lines.length} lines)</summary>
      <pre
        ref={box}
        tabIndex={0}
        aria-label="Log of the training"
        role="log"
        aria-live="off"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < 8;
        }}
      >
        {lines.join("\n")}
      </pre>
    </details>
  );
}

function learnedFrom({ recordings }: TrainingStatus): string | null {
  if (!recordings) return null;
  const { normal, abnormal, from_history, from_folder } = recordings;
  return `From ${normal} normal and ${abnormal} abnormal recordings: ${from_folder} uploaded, ${from_history} labelled in the history.`;
}

function Running({ status, onStop }: { status: TrainingStatus; onStop: () => void }) {
  const { progress, message, seconds_left } = status;
  return (
    <>
      <Group justify="space-between" gap="sm" mb={6}>
        <p role="status" className="run-words">
          <strong>{Math.floor(progress)} %</strong> {sentence(message)}
        </p>
        <span className="quiet run-left">
          {seconds_left === null ? "Time left not known yet" : `${aboutLeft(seconds_left)} left`}
        </span>
      </Group>
      <Progress value={progress} size="lg" aria-label="Progress of the training" />
      <p className="quiet small run-from">{learnedFrom(status)}</p>
      <Button mt="md" variant="default" leftSection={<StopIcon size={18} />} onClick={onStop}>
        Stop
      </Button>
    </>
  );
}

function ended(status: TrainingStatus): string | null {
  if (!status.ended_at) return null;
  const took = status.started_at
    ? `, after ${span((Date.parse(status.ended_at) - Date.parse(status.started_at)) / 1000)}`
    : "";
  return `Ended ${when(status.ended_at)}${took}.`;
}

interface Props {
  status: TrainingStatus;
  onChange: () => void;
}

export function TrainingRun({ status, onChange }: Props) {
  const [isStarting, setStarting] = useState(false);
  const [isStopping, setStopping] = useState(false);
  const [trouble, setTrouble] = useState<{ title: string; text: string } | null>(null);
  const isRunning = status.status === "running";
  const start = async () => {
    setStarting(true);
    setTrouble(null);
    try {
      await startTraining();
    } catch (failure) {
      const isMissing = failure instanceof ProblemError && failure.status === NOT_INSTALLED;
      const title = isMissing ? "This server cannot train" : "The training was not started";
      setTrouble({ title, text: troubleOf(failure).text });
    }
    setStarting(false);
    onChange();
  };
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="run">
      <Title order={2} id="run">
        2. Train
      </Title>
      {isRunning ? (
        <Running status={status} onStop={() => setStopping(true)} />
      ) : (
        <>
          <p className="quiet training-lead">
            A copy of the model that serves now learns from these recordings, and both are compared on
            recordings that the copy has not seen. The server goes on meanwhile, a little slower.
            Nothing changes for anybody until you promote the result.
          </p>
          {status.status === "failed" && (
            <Alert
              className="notice"
              color="red"
              icon={<AlertIcon />}
              title="The last training failed"
              role="status"
            >
              {sentence(status.message)}
            </Alert>
          )}
          {(status.status === "stopped" || status.status === "succeeded") && (
            <p className="notice-plain" role="status">
              {sentence(status.message)} {ended(status)} {learnedFrom(status)}
            </p>
          )}
          <Button size="md" loading={isStarting} onClick={() => void start()}>
            {status.status === "idle" ? "Start training" : "Train again"}
          </Button>
        </>
      )}
      {trouble && (
        <Alert
          className="notice"
          mt="md"
          color="yellow"
          icon={<AlertIcon />}
          title={trouble.title}
          role="alert"
        >
          {trouble.text}
        </Alert>
      )}
      <Log lines={status.log} isRunning={isRunning} />
      {isStopping && (
        <Confirm
          title="Stop the training?"
          action="Stop the training"
          isGrave
          onClose={() => setStopping(false)}
          onConfirm={async () => {
            await stopTraining();
            onChange();
          }}
        >
          <p>What it has learned so far is lost. The model that serves now is not touched.</p>
        </Confirm>
      )}
    </Paper>
  );
}
