import { Alert, Button, Group, Modal, Paper, Skeleton } from "@mantine/core";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { HistoryEntry } from "../api/history";
import { exportAddress } from "../api/history";
import { DeleteDialog } from "../components/delete_dialog";
import { HistoryFilters } from "../components/history_filters";
import { HistoryTable } from "../components/history_table";
import { AlertIcon, DownloadIcon, RefreshIcon, TrashIcon } from "../components/icons";
import { LabelPanel } from "../components/label_panel";
import { PageHeading } from "../components/page_heading";
import type { Filters } from "../lib/filters";
import { formatFilters, hasFilters, historyLink, parseFilters, serverQuery } from "../lib/filters";
import type { Trouble } from "../lib/trouble";
import { troubleOf } from "../lib/trouble";
import { plural } from "../lib/words";
import { historyList, useHistory } from "../state/history";
import { useRetry } from "../state/retry";

let lastRow: string | null = null; // where one was, for who comes back

function HistoryTrouble({ trouble }: { trouble: Trouble }) {
  if (trouble.kind === "absent") {
    return (
      <Paper className="card empty" withBorder>
        <h2>This server keeps no history</h2>
        <p>{trouble.text}</p>
        <p className="quiet">Results stay in the tab in which they were made.</p>
        <Button component="a" href="#/listen" mt="md">
          Listen
        </Button>
      </Paper>
    );
  }
  const isOffline = trouble.kind === "offline";
  return (
    <Alert
      className="notice"
      icon={<AlertIcon />}
      color="yellow"
      role="status"
      title={isOffline ? "The server cannot be reached" : "The history could not be read"}
    >
      <p>
        {isOffline
          ? "It may be restarting, or this computer has lost its connection. The history comes back by itself."
          : trouble.text}
      </p>
      <Button size="xs" variant="default" mt="xs" onClick={() => void historyList.refresh()}>
        Try again
      </Button>
    </Alert>
  );
}

function Nothing({ filters }: { filters: Filters }) {
  if (hasFilters(filters)) {
    return (
      <Paper className="card empty" withBorder>
        <h2>Nothing matches</h2>
        <p>No recording of the history passes all of these filters.</p>
        <Button component="a" href="#/history" variant="default" mt="md">
          Show all
        </Button>
      </Paper>
    );
  }
  return (
    <Paper className="card empty" withBorder>
      <h2>Nothing has been heard yet</h2>
      <p>Every recording that is heard from now on appears here, with its sound and its verdict.</p>
      <Button component="a" href="#/listen" mt="md">
        Listen to a heart
      </Button>
    </Paper>
  );
}

export default function HistoryPage({ query }: { query: string }) {
  const filters = parseFilters(query);
  const wanted = formatFilters(filters);
  const { query: asked, entries, hasNewer, hasOlder, busy, failure } = useHistory();
  const [current, setCurrent] = useState(lastRow);
  const [selected, setSelected] = useState<Set<string>>(new Set());
  const [deleting, setDeleting] = useState<readonly HistoryEntry[]>([]);
  const [labelling, setLabelling] = useState<HistoryEntry | null>(null);
  const lastLabelled = useRef(labelling); // shown while the dialog fades away
  if (labelling) lastLabelled.current = labelling;
  const toLabel = lastLabelled.current;

  useEffect(() => {
    historyList.open(wanted);
    setSelected(new Set());
  }, [wanted]);

  // Each try takes the failure away until it has failed too: the notice stays meanwhile.
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useLayoutEffect(() => {
    if (busy === null) setTrouble(failure ? troubleOf(failure) : null);
  }, [busy, failure]);
  useRetry(trouble?.kind === "offline", () => void historyList.refresh());

  const move = (id: string) => {
    lastRow = id;
    setCurrent(id);
  };
  // In place of the address: nobody wants to go back letter by letter.
  const show = (next: Filters) => location.replace(historyLink(next));
  const chosen = entries.filter(({ id }) => selected.has(id));
  const isFirst = asked !== wanted || (busy === "first" && entries.length === 0);
  const exported = exportAddress(serverQuery(filters).toString());
  return (
    <>
      <Group justify="space-between" align="start" gap="sm">
        <PageHeading title="History">History</PageHeading>
        <Group gap="sm">
          <Button
            variant="default"
            leftSection={<RefreshIcon size={18} />}
            loading={busy === "first"}
            onClick={() => void historyList.refresh()}
          >
            Refresh
          </Button>
          {entries.length > 0 && (
            <Button
              component="a"
              href={exported}
              download
              variant="default"
              leftSection={<DownloadIcon size={18} />}
            >
              CSV
            </Button>
          )}
        </Group>
      </Group>
      {trouble?.kind !== "absent" && <HistoryFilters filters={filters} onFilters={show} />}
      {trouble && <HistoryTrouble trouble={trouble} />}
      {isFirst && !trouble && (
        <div role="status" aria-label="Opening the history">
          {[1, 2, 3, 4, 5, 6].map((line) => (
            <Skeleton key={line} height={52} mb="xs" />
          ))}
        </div>
      )}
      {!isFirst && !trouble && entries.length === 0 && <Nothing filters={filters} />}
      {!isFirst && entries.length > 0 && (
        <>
          <Group justify="space-between" gap="sm" mb="xs" className="history-bar">
            <p className="quiet small keys">
              <kbd>↑</kbd> <kbd>↓</kbd> move · <kbd>Enter</kbd> opens · <kbd>Space</kbd> selects ·{" "}
              <kbd>L</kbd> labels · <kbd>Delete</kbd> deletes
            </p>
            {chosen.length > 0 && (
              <Group gap="sm" role="status">
                <span>{plural(chosen.length, "recording")} selected</span>
                <Button
                  size="xs"
                  variant="default"
                  leftSection={<TrashIcon size={16} />}
                  onClick={() => setDeleting(chosen)}
                >
                  Delete
                </Button>
                <Button size="xs" variant="subtle" onClick={() => setSelected(new Set())}>
                  Select none
                </Button>
              </Group>
            )}
          </Group>
          {hasNewer && (
            <Button
              variant="default"
              mb="sm"
              loading={busy === "newer"}
              onClick={() => void historyList.newer()}
            >
              Newer
            </Button>
          )}
          <Paper className="card table-card" withBorder>
            <HistoryTable
              entries={entries}
              selected={selected}
              current={current}
              onCurrent={move}
              onSelected={setSelected}
              onLabel={setLabelling}
              onDelete={(entry) => setDeleting(selected.has(entry.id) ? chosen : [entry])}
            />
          </Paper>
          {hasOlder ? (
            <Button
              variant="default"
              loading={busy === "older"}
              onClick={() => void historyList.older()}
            >
              Older
            </Button>
          ) : (
            <p className="quiet small">That is all of it.</p>
          )}
        </>
      )}
      <DeleteDialog
        things={deleting.map(({ id, file_name }) => ({ id, name: file_name }))}
        labelled={deleting.filter(({ label }) => label !== null).length}
        onClose={() => setDeleting([])}
        onDeleted={(ids) => {
          setDeleting((now) => now.filter(({ id }) => !ids.includes(id)));
          setSelected((now) => new Set([...now].filter((id) => !ids.includes(id))));
        }}
      />
      <Modal
        opened={labelling !== null}
        onClose={() => setLabelling(null)}
        title={toLabel && `Label ${toLabel.file_name}`}
        centered
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {toLabel && (
          <LabelPanel
            id={toLabel.id}
            verdict={toLabel.verdict}
            labels={null}
            onSaved={() => setLabelling(null)}
          />
        )}
      </Modal>
    </>
  );
}
