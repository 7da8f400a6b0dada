import { Alert, Button } from "@mantine/core";
import type { Pause } from "../lib/queue";
import { useServerState } from "../state/health";
import { AlertIcon } from "./icons";

interface Props {
  pause: Pause | null;
  waiting: number; // recordings that go on by themselves
  onCancel: () => void;
}

const NOTICES: Record<Pause, { title: string; text: string }> = {
  busy: {
    title: "The server is busy",
    text: "It has as much work as it takes at once.",
  },
  "no-model": {
    title: "The server has no model loaded",
    text: "It cannot hear recordings until whoever runs it gives it one (heartbeat serve --model FILE).",
  },
  offline: {
    title: "The server cannot be reached",
    text: "It may be restarting, or this computer has lost its connection.",
  },
};

// Why nothing happens at the moment, and that it goes on by itself.
export function ServerNotice({ pause, waiting, onCancel }: Props) {
  const state = useServerState();
  const kind = pause ?? (state === "no-model" || state === "offline" ? state : null);
  if (!kind) return null;
  const { title, text } = NOTICES[kind];
  return (
    <Alert className="notice" icon={<AlertIcon />} title={title} role="status" color="yellow">
      <p>
        {text}{" "}
        {waiting > 0
          ? "Your recordings wait here and are sent by themselves as soon as it goes on."
          : "This page notices by itself when it is back."}
      </p>
      {waiting > 0 && (
        <Button size="xs" variant="default" mt="xs" onClick={onCancel}>
          Stop waiting
        </Button>
      )}
    </Alert>
  );
}
