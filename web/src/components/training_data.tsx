import { Alert, Button, Group, Paper, Title } from "@mantine/core";
import type { DragEvent } from "react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import type { ClassName, LabelCounts } from "../api/training";
import type { NamedFile } from "../lib/files";
import { droppedFiles } from "../lib/files";
import type { Upload } from "../lib/training_upload";
import { isUnderWay, summarizeUploads } from "../lib/training_upload";
import { plural } from "../lib/words";
import { trainingUpload } from "../state/training";
import { AlertIcon, CheckIcon, FailedIcon, UploadIcon } from "./icons";

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(trainingUpload.subscribe, trainingUpload.getSnapshot);
}

function DropField({ className }: { className: ClassName }) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const name = className === "normal" ? "Normal" : "Abnormal";
  const Icon = className === "normal" ? CheckIcon : AlertIcon;
  const take = (files: NamedFile[]) => {
    if (files.length > 0) trainingUpload.add(className, files);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation(); // elsewhere a dropped file is listened to
    setOver(false);
    document.body.classList.remove("dragging");
    void droppedFiles(event.dataTransfer).then(take);
  };
  return (
    <div
      className={`drop drop-class${isOver ? " drop-over" : ""}`}
      data-drop={className}
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <p className={`drop-title verdict verdict-${className}`}>
        <Icon size={24} />
        {name}
      </p>
      <p className="drop-hint">
        Drop recordings here that a clinician called {className}
      </p>
      <Button
        variant="default"
        leftSection={<UploadIcon size={18} />}
        onClick={() => input.current?.click()}
      >
        Choose {className} recordings
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={`${name} recordings`}
        data-testid={`train-${className}`}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ""; // the same file may be chosen again
          take(files.map((file) => ({ file, name: file.name })));
        }}
      />
    </div>
  );
}

const STATES: Record<Upload["state"], string> = {
  waiting: "Waiting",
  sending: "Sending…",
  kept: "Kept",
  refused: "Refused",
  unsent: "Not sent",
};

const AT_FIRST = 100; // rows

function Uploads({ uploads }: { uploads: readonly Upload[] }) {
  const [isWhole, setWhole] = useState(false);
  // What needs attention first.
  const rank = ({ state }: Upload) => (state === "refused" || state === "unsent" ? 0 : 1);
  const sorted = [...uploads].sort((a, b) => rank(a) - rank(b));
  const shown = isWhole ? sorted : sorted.slice(0, AT_FIRST);
  return (
    <>
      <Group justify="space-between" mt="lg" mb="xs" gap="sm">
        <p role="status" data-testid="uploads">
          {plural(uploads.length, "file")}: {summarizeUploads(uploads)}
        </p>
        <Group gap="sm">
          {uploads.some(({ state }) => state === "unsent") && (
            <Button size="xs" variant="default" onClick={() => trainingUpload.retry()}>
              Send again
            </Button>
          )}
          {uploads.some(isUnderWay) && (
            <Button size="xs" variant="default" onClick={() => trainingUpload.stop()}>
              Stop sending
            </Button>
          )}
          <Button size="xs" variant="default" onClick={() => trainingUpload.clear()}>
            Clear list
          </Button>
        </Group>
      </Group>
      <table className="uploads">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">File</th>
            <th scope="col">Class</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((upload) => (
            <tr key={upload.id}>
              <td>
                <span className="file-name">{upload.name}</span>
                {upload.error && <span className="file-error">{upload.error}</span>}
              </td>
              <td className="quiet">{upload.className}</td>
              <td>
                <span className={`verdict upload-${upload.state}`}>
                  {upload.state === "kept" && <CheckIcon size={18} />}
                  {(upload.state === "refused" || upload.state === "unsent") && (
                    <FailedIcon size={18} />
                  )}
                  <span>{STATES[upload.state]}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > shown.length && (
        <Button mt="sm" size="xs" variant="default" onClick={() => setWhole(true)}>
          Show all ({sorted.length - shown.length} more)
        </Button>
      )}
    </>
  );
}

// A file dropped beside the fields would otherwise leave for Listen.
function useMissedDrop(): boolean {
  const [missed, setMissed] = useState(false);
  useEffect(() => {
    const onDrop = (event: globalThis.DragEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (!event.dataTransfer?.types.includes("Files") || target?.closest("[data-drop]")) {
        setMissed(false);
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      document.body.classList.remove("dragging");
      setMissed(true);
    };
    window.addEventListener("drop", onDrop, { capture: true });
    return () => window.removeEventListener("drop", onDrop, { capture: true });
  }, []);
  return missed;
}

interface Props {
  kept: Record<ClassName, number> | null; // in the server's folder
  labels: LabelCounts | null; // in its history
}

export function TrainingData({ kept, labels }: Props) {
  const uploads = useUploads();
  const missed = useMissedDrop();
  return (
    <Paper className="card" withBorder component="section" aria-labelledby="recordings">
      <Title order={2} id="recordings">
        1. Labelled recordings
      </Title>
      <p className="quiet training-lead">
        The model learns from recordings whose class somebody knows: those you upload here, and those
        labelled normal or abnormal in the <a href="#/history?label=any">history</a>.
      </p>
      <div className="drop-pair">
        <DropField className="normal" />
        <DropField className="abnormal" />
      </div>
      {missed && (
        <Alert className="notice" mt="md" color="yellow" icon={<AlertIcon />} role="alert">
          Which class? Drop the recordings onto Normal or onto Abnormal.
        </Alert>
      )}
      {uploads.length > 0 && <Uploads uploads={uploads} />}
      {kept && <Distribution kept={kept} labels={labels} />}
    </Paper>
  );
}

function Distribution({ kept, labels }: { kept: Record<ClassName, number>; labels: LabelCounts | null }) {
  const labelled = labels?.counts ?? { normal: 0, abnormal: 0 };
  const normal = kept.normal + labelled.normal;
  const abnormal = kept.abnormal + labelled.abnormal;
  const more = labels && !labels.isWhole ? "+" : "";
  return (
    <div className="distribution">
      <table className="plain-table">
        <caption>What there is to learn from</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">Normal</th>
            <th scope="col">Abnormal</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Uploaded</th>
            <td data-testid="kept-normal">{kept.normal}</td>
            <td data-testid="kept-abnormal">{kept.abnormal}</td>
          </tr>
          <tr>
            <th scope="row">Labelled in the history</th>
            <td data-testid="labelled-normal">{labels ? labelled.normal + more : "–"}</td>
            <td data-testid="labelled-abnormal">{labels ? labelled.abnormal + more : "–"}</td>
          </tr>
        </tbody>
      </table>
      <div className="distribution-bar">
        {normal + abnormal > 0 ? (
          <div
            className="mix"
            role="img"
            aria-label={`Together ${normal} normal and ${abnormal} abnormal`}
          >
            <div className="mix-part mix-normal" style={{ flexGrow: normal }} />
            <div className="mix-part mix-abnormal" style={{ flexGrow: abnormal }} />
          </div>
        ) : (
          <p className="quiet">
            Nothing yet. Upload recordings above, or confirm and correct predictions.
          </p>
        )}
        <p className="quiet small">
          A file that is in both places counts once. Some of each class are needed, of several
          people; the more, the more the comparison can tell.
        </p>
      </div>
    </div>
  );
}
