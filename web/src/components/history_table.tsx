import { Checkbox, Table } from "@mantine/core";
import type { KeyboardEvent, MouseEvent } from "react";
import { useEffect, useRef } from "react";
import type { HistoryEntry } from "../api/history";
import { describeLabel } from "../lib/labels";
import { aboutWords, when } from "../lib/places";
import { percent, seconds } from "../lib/words";
import { VerdictLabel } from "./verdict";

interface Props {
  entries: readonly HistoryEntry[];
  selected: ReadonlySet<string>;
  current: string | null; // the row that Tab reaches
  onCurrent: (id: string) => void;
  onSelected: (selected: Set<string>) => void;
  onLabel: (entry: HistoryEntry) => void;
  onDelete: (entry: HistoryEntry) => void;
}

// Arrows go from row to row; what else a key does, HistoryPage says above the table.
export function HistoryTable(props: Props) {
  const { entries, selected, current, onCurrent, onSelected, onLabel, onDelete } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const at = Math.max(
    entries.findIndex((entry) => entry.id === current),
    0,
  );
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelected(next);
  };
  // Who comes back from a recording goes on at its row.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current || !entries.some((entry) => entry.id === current)) return;
    first.current = false;
    const link = body.current?.querySelectorAll<HTMLElement>("a.file-name")[at];
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "center" });
  }, [entries, current, at]);

  const key = (event: KeyboardEvent) => {
    const entry = entries[at];
    if (!entry || event.ctrlKey || event.altKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -at, End: entries.length - 1 - at }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(Math.max(at + step, 0), entries.length - 1);
      const id = entries[next]?.id;
      if (id) onCurrent(id);
      body.current?.querySelectorAll<HTMLElement>("a.file-name")[next]?.focus();
      return;
    }
    const isCheckbox = (event.target as HTMLElement).tagName === "INPUT";
    if (event.key === " " && !isCheckbox) {
      event.preventDefault();
      toggle(entry.id);
    } else if (event.key === "l" || event.key === "L") {
      event.preventDefault();
      onLabel(entry);
    } else if (event.key === "Delete") {
      event.preventDefault();
      onDelete(entry);
    }
  };
  const openByRow = (event: MouseEvent, id: string) => {
    if ((event.target as HTMLElement).closest("a, input, label")) return;
    onCurrent(id);
    location.hash = `#/recording/${id}`;
  };
  const areAll = entries.length > 0 && entries.every(({ id }) => selected.has(id));
  const areSome = entries.some(({ id }) => selected.has(id));
  return (
    <Table className="history" verticalSpacing="sm" highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th className="pick">
            <Checkbox
              aria-label="Select all that are shown"
              checked={areAll}
              indeterminate={areSome && !areAll}
              onChange={() => onSelected(new Set(areAll ? [] : entries.map(({ id }) => id)))}
            />
          </Table.Th>
          <Table.Th>Recording</Table.Th>
          <Table.Th className="wide-only">Heard</Table.Th>
          <Table.Th>Verdict</Table.Th>
          <Table.Th className="number">Abnormal</Table.Th>
          <Table.Th className="number wide-only">Length</Table.Th>
          <Table.Th className="wide-only">Label</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody ref={body} onKeyDown={key}>
        {entries.map((entry, i) => {
          const about = aboutWords(entry.patient_ref, entry.location);
          const label = entry.label && describeLabel(entry.label, entry.verdict);
          return (
            <Table.Tr
              key={entry.id}
              className="row-open"
              data-selected={selected.has(entry.id)}
              onFocus={() => onCurrent(entry.id)}
              onClick={(event) => openByRow(event, entry.id)}
            >
              <Table.Td className="pick">
                <Checkbox
                  aria-label={`Select ${entry.file_name}`}
                  tabIndex={i === at ? 0 : -1}
                  checked={selected.has(entry.id)}
                  onChange={() => toggle(entry.id)}
                />
              </Table.Td>
              <Table.Td className="file">
                <a
                  className="file-name"
                  href={`#/recording/${entry.id}`}
                  tabIndex={i === at ? 0 : -1}
                >
                  {entry.file_name || "without a name"}
                </a>
                {about && <span className="row-note">{about}</span>}
                <span className="row-note narrow-only">
                  {when(entry.timestamp)}
                  {label && ` · ${label}`}
                </span>
              </Table.Td>
              <Table.Td className="wide-only">{when(entry.timestamp)}</Table.Td>
              <Table.Td>
                <VerdictLabel verdict={entry.verdict} />
              </Table.Td>
              <Table.Td className="number">{percent(entry.probability_abnormal)}</Table.Td>
              <Table.Td className="number wide-only">
                {seconds(entry.recording.duration_s)}
              </Table.Td>
              <Table.Td className="wide-only">{label ?? <span className="quiet">–</span>}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
