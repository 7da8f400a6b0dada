import { Button, Group, Modal, TextInput } from "@mantine/core";
import type { FormEvent } from "react";
import { useEffect, useRef, useState } from "react";
import { deletePrediction } from "../api/history";
import { troubleOf } from "../lib/trouble";
import { plural } from "../lib/words";
import { historyList } from "../state/history";
import { rememberedName, rememberName } from "../state/name";

export interface Deletable {
  id: string;
  name: string;
}

interface Props {
  things: readonly Deletable[]; // none: closed
  labelled: number; // how many of them have labels
  onClose: () => void;
  onDeleted: (ids: readonly string[]) => void;
}

const NAMED = 5;

// Says what is lost, and asks who wants it.
export function DeleteDialog({ things, labelled, onClose, onDeleted }: Props) {
  // While it fades away, it still says what it was about.
  const last = useRef(things);
  if (things.length > 0) last.current = things;
  const shown = last.current;
  const [name, setName] = useState(rememberedName);
  const [isNameMissing, setNameMissing] = useState(false);
  const [done, setDone] = useState<number | null>(null); // null: not begun
  const [error, setError] = useState<string | null>(null);
  const isOpen = things.length > 0;
  useEffect(() => {
    if (isOpen) setName(rememberedName()); // which may have been typed for a label since
  }, [isOpen]);
  const one = shown.length === 1;

  const close = () => {
    setDone(null);
    setError(null);
    setNameMissing(false);
    onClose();
  };
  const remove = async (event: FormEvent) => {
    event.preventDefault();
    const by = name.trim();
    setNameMissing(by === "");
    if (by === "") return;
    rememberName(by);
    setError(null);
    const gone: string[] = [];
    try {
      for (const { id } of things) {
        setDone(gone.length);
        await deletePrediction(id, by);
        gone.push(id);
      }
      setDone(null);
    } catch (failure) {
      setDone(null);
      const rest = things.length - gone.length;
      const kept =
        gone.length === 0
          ? "Nothing was deleted."
          : `${plural(rest, "recording is", "recordings are")} still there.`;
      setError(`${troubleOf(failure).text} ${kept}`);
    }
    for (const id of gone) historyList.remove(id);
    if (gone.length > 0) onDeleted(gone);
  };

  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={one ? "Delete this recording?" : `Delete ${shown.length} recordings?`}
      centered
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={(event) => void remove(event)} noValidate>
        <ul className="lost">
          {shown.slice(0, NAMED).map(({ id, name: file }) => (
            <li key={id} className="file-name">
              {file}
            </li>
          ))}
          {shown.length > NAMED && <li>and {shown.length - NAMED} more</li>}
        </ul>
        <p>
          Lost for good: the {one ? "prediction" : "predictions"}
          {labelled > 0 && `, the labels of ${one ? "it" : labelled}`}, and the{" "}
          {one ? "recording" : "recordings"} on the server&rsquo;s disk. The audit trail keeps only
          that it was deleted, when, and by whom.
        </p>
        <TextInput
          label="Your name"
          mt="md"
          maxLength={100}
          autoComplete="name"
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={isNameMissing && "Say who deletes it."}
        />
        {error && (
          <p className="trouble" role="alert">
            {error}
          </p>
        )}
        <Group justify="flex-end" gap="sm" mt="lg">
          <Button variant="default" onClick={close}>
            Keep
          </Button>
          <Button type="submit" color="red" loading={done !== null}>
            Delete
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
