// Where the training stands: told by the server's events, and asked for where they do not come.

import { useEffect, useRef, useState } from "react";
import type { TrainingStatus } from "../api/training";
import { getTrainingStatus, uploadTransport } from "../api/training";
import { listenToEvents } from "../lib/event_stream";
import { TrainingUpload } from "../lib/training_upload";
import type { Trouble } from "../lib/trouble";
import { troubleOf } from "../lib/trouble";

// Recordings go on being sent while other views are looked at.
export const trainingUpload = new TrainingUpload(uploadTransport);

const ASK_MS = 3000;
const ASK_IDLE_MS = 15_000; // another tab or program may start one

export interface TrainingState {
  status: TrainingStatus | null;
  trouble: Trouble | null;
}

interface Changes {
  model: () => void; // another one serves, or one was added
  label: () => void; // a prediction was labelled, or is gone
}

export function useTraining(changes: Changes): [TrainingState, () => void] {
  const [state, setState] = useState<TrainingState>({ status: null, trouble: null });
  const ask = useRef(() => {});
  const changed = useRef(changes);
  changed.current = changes;
  useEffect(() => {
    const abort = new AbortController();
    let toldAt = 0; // or asked
    let last: TrainingStatus["status"] | null = null;
    const tell = (status: TrainingStatus) => {
      if (last === "running" && status.status !== "running") changed.current.model();
      last = status.status;
      setState({ status, trouble: null });
    };
    const askNow = async () => {
      toldAt = Date.now();
      try {
        tell(await getTrainingStatus(abort.signal));
      } catch (failure) {
        if (abort.signal.aborted) return;
        setState(({ status }) => ({ status, trouble: troubleOf(failure) }));
      }
    };
    ask.current = () => void askNow();
    const end = listenToEvents({
      handlers: {
        training: (data) => {
          toldAt = Date.now();
          tell(data as TrainingStatus);
        },
        model: () => changed.current.model(),
        label: () => changed.current.label(),
        deletion: () => changed.current.label(),
      },
      onState: () => {},
      onOpen: () => {
        void askNow();
        changed.current.model();
        changed.current.label();
      },
    });
    const timer = setInterval(() => {
      const patience = last === "running" ? ASK_MS : ASK_IDLE_MS;
      if (!document.hidden && Date.now() - toldAt > patience) void askNow();
    }, ASK_MS);
    void askNow();
    return () => {
      abort.abort();
      end();
      clearInterval(timer);
    };
  }, []);
  return [state, () => ask.current()];
}
