import { Button, Radio, Textarea, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import { useId, useState } from "react";
import type { Label, LabelValue } from "../api/history";
import { putLabel } from "../api/history";
import type { Verdict } from "../api/types";
import { choicesFor, describeLabel, failed, saved, saving, trailOf } from "../lib/labels";
import { when } from "../lib/places";
import { troubleOf } from "../lib/trouble";
import { historyList } from "../state/history";
import { rememberedName, rememberName } from "../state/name";

interface Props {
  id: string;
  verdict: Verdict;
  labels: readonly Label[] | null; // null: not known here, and not shown
  onSaved?: (label: Label) => void;
}

function TrailItem({ label, verdict, note }: { label: Label; verdict: Verdict; note?: string }) {
  return (
    <li>
      <strong>{describeLabel(label.label, verdict)}</strong> by {label.by}
      <span className="quiet">, {note ?? when(label.timestamp)}</span>
      {label.comment && <span className="trail-comment">{label.comment}</span>}
    </li>
  );
}

// What a clinician says of a prediction, and what was said before. What is being saved is shown at once,
// and taken back where it was not kept; what was typed stays.
export function LabelPanel({ id, verdict, labels, onSaved }: Props) {
  const [trail, setTrail] = useState(() => trailOf(labels ?? []));
  const [choice, setChoice] = useState<LabelValue | "">("");
  const [comment, setComment] = useState("");
  const [name, setName] = useState(rememberedName);
  const [missing, setMissing] = useState<"choice" | "name" | null>(null);
  const group = useId();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const by = name.trim();
    const lacks = choice === "" ? "choice" : by === "" ? "name" : null;
    setMissing(lacks);
    if (choice === "" || lacks) return;
    rememberName(by);
    const label = { label: choice, comment: comment.trim(), by };
    setTrail((now) => saving(now, { ...label, timestamp: new Date().toISOString() }));
    try {
      const kept = await putLabel(id, label);
      setTrail((now) => saved(now, kept));
      setChoice("");
      setComment("");
      historyList.relabel(id, kept.label);
      onSaved?.(kept);
    } catch (failure) {
      setTrail((now) => failed(now, troubleOf(failure).text));
    }
  };

  return (
    <>
      <form className="label-form no-print" onSubmit={(event) => void save(event)} noValidate>
        <Radio.Group
          name={group}
          value={choice}
          onChange={(value) => setChoice(value as LabelValue)}
          label="What do you hear?"
          error={missing === "choice" && "Choose one of the three."}
        >
          <div className="label-choices">
            {choicesFor(verdict).map(({ value, words, detail }, i) => (
              <Radio
                key={value}
                value={value}
                label={words}
                description={detail}
                data-autofocus={i === 0 ? true : undefined} // of a dialog
              />
            ))}
          </div>
        </Radio.Group>
        <Textarea
          label="Comment"
          description="Optional. No names of patients."
          autosize
          minRows={2}
          maxRows={6}
          maxLength={2000}
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <TextInput
          label="Your name"
          description="Kept with the label, and remembered in this browser."
          maxLength={100}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={missing === "name" && "Say who you are: a label without a name counts little."}
        />
        {trail.error && (
          <p className="trouble" role="alert">
            The label was not kept. {trail.error} What you typed is still here.
          </p>
        )}
        <Button type="submit" loading={trail.pending !== null}>
          Save the label
        </Button>
      </form>
      {labels !== null && (
        <div aria-live="polite">
          {trail.labels.length === 0 && !trail.pending ? (
            <p className="quiet small trail-none">Nobody has labelled this recording yet.</p>
          ) : (
            <ol className="trail" aria-label="Labels so far">
              {trail.labels.map((label, i) => (
                <TrailItem key={`${label.timestamp} ${i}`} label={label} verdict={verdict} />
              ))}
              {trail.pending && (
                <TrailItem label={trail.pending} verdict={verdict} note="being saved…" />
              )}
            </ol>
          )}
        </div>
      )}
    </>
  );
}
