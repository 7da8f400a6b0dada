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

export interface TrainingState {
  status: TrainingStatus | null;
  trouble: Trouble | null;
}

// `onModel`: another model serves, or one was added.
export function useTraining(onModel: () => void): [TrainingState, () => void] {
  const [state, setState] = useState<TrainingState>({ status: null, trouble: null });
  const ask = useRef(() => {});
  const model = useRef(onModel);
  model.current = onModel;
  useEffect(() => {
    const abort = new AbortController();
    let toldAt = 0;
    let last: TrainingStatus["status"] | null = null;
    const tell = (status: TrainingStatus) => {
      if (last === "running" && status.status !== "running") model.current();
      last = status.status;
      setState({ status, trouble: null });
    };
    const askNow = async () => {
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
        model: () => model.current(),
      },
      onState: () => {},
      onOpen: () => void askNow(),
    });
    const timer = setInterval(() => {
      if (!document.hidden && Date.now() - toldAt > ASK_MS) void askNow();
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
