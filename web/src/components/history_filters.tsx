import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Filters } from "../lib/filters";
import { hasFilters, NO_FILTERS } from "../lib/filters";
import { LABEL_WORDS } from "../lib/labels";
import { VERDICT_WORDS } from "../lib/words";

interface Props {
  filters: Filters;
  onFilters: (filters: Filters) => void;
}

const NARROW_PX = 768;
const TYPING_MS = 350; // without a key, and it is asked

const choices = (all: string, words: Record<string, string>) => [
  { value: "", label: all },
  ...Object.entries(words).map(([value, label]) => ({ value, label })),
];

interface TypedProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
}

// A text that is applied once nobody types any more, or with Enter.
function Typed({ label, value, onValue }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(onValue);
  latest.current = onValue;
  const sent = useRef(value);
  const apply = (text: string) => {
    sent.current = text;
    latest.current(text);
  };
  const applyRef = useRef(apply);
  applyRef.current = apply;
  // What comes back of one's own typing would take away the letters typed since.
  useEffect(() => {
    if (value !== sent.current) setTyped(value);
    sent.current = value;
  }, [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => applyRef.current(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <TextInput
      label={label}
      autoComplete="off"
      maxLength={128}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") apply(typed.trim());
      }}
    />
  );
}

export function HistoryFilters({ filters, onFilters }: Props) {
  const set = (key: keyof Filters) => (value: string) => onFilters({ ...filters, [key]: value });
  const select = (key: keyof Filters, label: string, data: { value: string; label: string }[]) => (
    <NativeSelect
      label={label}
      data={data}
      value={filters[key]}
      onChange={(event) => set(key)(event.currentTarget.value)}
    />
  );
  // Where there is little room, they are folded away until one is set.
  const [isOpen, setOpen] = useState(() => window.innerWidth > NARROW_PX || hasFilters(filters));
  return (
    <details
      className="filters-fold"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Filter</summary>
      <form
        className="filters"
        role="search"
        aria-label="Filter the history"
        onSubmit={(event) => event.preventDefault()}
      >
        <Typed label="Name begins with" value={filters.file_name} onValue={set("file_name")} />
        <Typed label="Patient reference" value={filters.patient_ref} onValue={set("patient_ref")} />
        {select("verdict", "Verdict", choices("All", VERDICT_WORDS))}
        {select("class", "Class", choices("Both", { normal: "Normal", abnormal: "Abnormal" }))}
        {select(
          "label",
          "Label",
          choices("All", { none: "Not labelled", any: "Labelled", ...LABEL_WORDS }),
        )}
        <TextInput
          type="date"
          label="From"
          max={filters.until || undefined}
          value={filters.from}
          onChange={(event) => set("from")(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="Until"
          min={filters.from || undefined}
          value={filters.until}
          onChange={(event) => set("until")(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={!hasFilters(filters)}
          onClick={() => onFilters(NO_FILTERS)}
        >
          Show all
        </Button>
      </form>
    </details>
  );
}
