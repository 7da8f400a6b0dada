import { ActionIcon, Button, Loader, Progress, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useState } from "react";
import { aboutWords } from "../lib/places";
import type { Item } from "../lib/queue";
import { isOpen } from "../lib/queue";
import type { Order, SortKey } from "../lib/sort";
import { sortItems } from "../lib/sort";
import { percent, seconds } from "../lib/words";
import { CrossIcon, FailedIcon } from "./icons";
import { VerdictLabel } from "./verdict";

interface Props {
  items: readonly Item[];
  onCancel: (id: string) => void;
}

const AT_FIRST = 200; // rows; more on demand

function State({ item }: { item: Item }) {
  switch (item.state) {
    case "done":
      return item.prediction ? <VerdictLabel verdict={item.prediction.verdict} /> : null;
    case "failed":
      return (
        <span className="verdict verdict-failed">
          <FailedIcon />
          <span>Not heard</span>
        </span>
      );
    case "cancelled":
      return <span className="quiet">Cancelled</span>;
    case "waiting":
      return <span className="quiet">Waiting</span>;
    case "hearing":
      return (
        <span className="verdict quiet">
          <Loader size={16} aria-hidden="true" />
          <span>Listening…</span>
        </span>
      );
    case "sending":
      return (
        <span className="sending quiet">
          <span>Sending {Math.floor(item.sent * 100)} %</span>
          <Progress value={item.sent * 100} size="sm" aria-label={`Sending ${item.name}`} />
        </span>
      );
  }
}

interface HeadProps {
  name: string;
  column: SortKey;
  order: Order;
  setOrder: (order: Order) => void;
  className?: string;
}

function SortableHead({ name, column, order, setOrder, className }: HeadProps) {
  const isSorted = order.key === column;
  const sort = isSorted ? (order.descending ? "descending" : "ascending") : "none";
  return (
    <Table.Th aria-sort={sort} className={className ?? ""}>
      <button
        type="button"
        className="sort"
        onClick={() => setOrder({ key: column, descending: isSorted && !order.descending })}
      >
        {name}
        <span className="sort-arrow" aria-hidden="true">
          {isSorted ? (order.descending ? "↓" : "↑") : "↕"}
        </span>
      </button>
    </Table.Th>
  );
}

function FileCell({ item }: { item: Item }): ReactNode {
  if (!item.prediction) {
    return (
      <>
        <span className="file-name">{item.name}</span>
        {item.error && <span className="file-error">{item.error}</span>}
      </>
    );
  }
  const about = aboutWords(item.prediction.patient_ref, item.prediction.location);
  return (
    <>
      <a className="file-name" href={`#/recording/${item.prediction.id}`}>
        {item.name}
      </a>
      {about && <span className="row-note">{about}</span>}
    </>
  );
}

export function ResultsTable({ items, onCancel }: Props) {
  const [order, setOrder] = useState<Order>({ key: "added", descending: false });
  const [shown, setShown] = useState(AT_FIRST);
  const sorted = sortItems(items, order);
  const head = { order, setOrder };
  return (
    <>
      <Table className="results" verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <SortableHead name="Recording" column="name" {...head} />
            <SortableHead name="Verdict" column="verdict" {...head} />
            <SortableHead name="Abnormal" column="probability" className="number" {...head} />
            <SortableHead name="Length" column="duration" className="number wide-only" {...head} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.slice(0, shown).map((item) => (
            <Table.Tr
              key={item.id}
              className={item.prediction ? "row-open" : ""}
              onClick={() => {
                if (item.prediction) location.hash = `#/recording/${item.prediction.id}`;
              }}
            >
              <Table.Td className="file">
                <FileCell item={item} />
              </Table.Td>
              <Table.Td>
                <span className="state">
                  <State item={item} />
                  {isOpen(item) && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Cancel ${item.name}`}
                      onClick={() => onCancel(item.id)}
                    >
                      <CrossIcon size={16} />
                    </ActionIcon>
                  )}
                </span>
              </Table.Td>
              <Table.Td className="number">
                {item.prediction ? percent(item.prediction.probability_abnormal) : "–"}
              </Table.Td>
              <Table.Td className="number wide-only">
                {item.prediction ? seconds(item.prediction.recording.duration_s) : "–"}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {sorted.length > shown && (
        <Button variant="default" mt="md" onClick={() => setShown(shown + AT_FIRST)}>
          Show more ({sorted.length - shown} left)
        </Button>
      )}
    </>
  );
}
