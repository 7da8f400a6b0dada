import { Button, Group, Paper, Title } from "@mantine/core";
import { AboutForm } from "../components/about_form";
import { DropZone } from "../components/drop_zone";
import { DownloadIcon } from "../components/icons";
import { Microphone } from "../components/microphone";
import { PageHeading } from "../components/page_heading";
import { ResultsTable } from "../components/results_table";
import { ServerNotice } from "../components/server_notice";
import { VerdictCard } from "../components/verdict_card";
import { toCsv } from "../lib/csv";
import { download } from "../lib/download";
import { historyLink } from "../lib/filters";
import { aboutWords } from "../lib/places";
import type { Item } from "../lib/queue";
import { isOpen } from "../lib/queue";
import { summarize } from "../lib/summary";
import { queue, useQueue } from "../state/session";

function saveCsv(items: readonly Item[]): void {
  const rows = items
    .filter((item) => !isOpen(item))
    .map((item) => ({
      file: item.name,
      prediction: item.prediction,
      error: item.error ?? (item.state === "cancelled" ? "Cancelled." : undefined),
    }));
  download("heartbeat-results.csv", "text/csv", toCsv(rows));
}

// One recording gets room: its verdict, large.
function SingleResult({ item }: { item: Item }) {
  if (!item.prediction) return null;
  const { id, patient_ref, location: place } = item.prediction;
  const about = aboutWords(patient_ref, place);
  return (
    <section aria-label={`Result for ${item.name}`}>
      <VerdictCard
        prediction={item.prediction}
        name={about ? `${item.name} · ${about}` : item.name}
      >
        <p className="guidance-lead">{item.prediction.clinical_guidance.action}</p>
        <Button component="a" href={`#/recording/${id}`} size="md" mt="md">
          See and hear the details
        </Button>
      </VerdictCard>
    </section>
  );
}

const MOST_REFERENCES = 5;

// The patients of these results, the latest first.
function referencesOf(items: readonly Item[]): string[] {
  const all = items.flatMap(({ prediction }) => prediction?.patient_ref ?? []);
  return [...new Set(all.reverse())].slice(0, MOST_REFERENCES);
}

export function ListenPage() {
  const { items, pause, about } = useQueue();
  const open = items.filter(isOpen).length;
  const references = referencesOf(items);
  const only = items.length === 1 ? items[0] : undefined;
  return (
    <>
      <PageHeading title="Listen">Listen to a heart</PageHeading>
      {items.length === 0 && (
        <p className="lead quiet">
          HeartBeat AI says whether a heart-sound recording sounds normal or abnormal, and how sure
          it is.
        </p>
      )}
      <ServerNotice pause={pause} waiting={open} onCancel={() => queue.cancelAll()} />
      <Paper className={`card intake${items.length > 0 ? " intake-small" : ""}`} withBorder>
        <DropZone onFiles={(files) => queue.add(files)} />
        <Microphone onFiles={(files) => queue.add(files)} />
        <AboutForm about={about} onAbout={(next) => queue.setAbout(next)} />
      </Paper>
      <div aria-live="polite" className="visually-hidden">
        {items.length > 0 && (open > 0 ? `Listening to ${open}` : summarize(items))}
      </div>
      {only && <SingleResult item={only} />}
      {items.length > 0 && (
        <section aria-labelledby="results">
          <Group justify="space-between" align="end" mt="xl" mb="sm" gap="sm">
            <div>
              <Title order={2} id="results">
                Results
              </Title>
              <p className="quiet" data-testid="summary">
                {summarize(items)}
              </p>
            </div>
            <Group gap="sm">
              {open > 0 && (
                <Button variant="default" onClick={() => queue.cancelAll()}>
                  Cancel all
                </Button>
              )}
              <Button
                variant="default"
                leftSection={<DownloadIcon size={18} />}
                disabled={open === items.length}
                onClick={() => saveCsv(items)}
              >
                CSV
              </Button>
              <Button variant="default" onClick={() => queue.clear()}>
                Clear
              </Button>
            </Group>
          </Group>
          <Paper className="card table-card" withBorder>
            <ResultsTable items={items} onCancel={(id) => queue.cancel(id)} />
          </Paper>
          <p className="quiet small">
            This list stays in this tab until it is closed. The server keeps recordings and results
            in the <a href="#/history">History</a>, unless whoever runs it turned that off.
            {references.map((patient_ref) => (
              <span key={patient_ref}>
                {" "}
                <a href={historyLink({ patient_ref })}>All recordings of {patient_ref}</a>.
              </span>
            ))}
          </p>
        </section>
      )}
    </>
  );
}
