// A prediction with all that the server keeps of it, or what this tab has of it.

import { useEffect, useState } from "react";
import type { KeptPrediction } from "../api/history";
import { getPrediction } from "../api/history";
import type { Prediction } from "../api/types";
import type { Item } from "../lib/queue";
import type { Trouble } from "../lib/trouble";
import { troubleOf } from "../lib/trouble";
import { useRetry } from "./retry";
import { useQueue } from "./session";

export interface Recording {
  prediction: Prediction | null; // null: not there, or not yet
  kept: KeptPrediction | null; // null: not in the history, or not known yet
  item: Item | undefined; // of this tab
  trouble: Trouble | null;
  askAgain: () => void;
}

export function useRecording(id: string): Recording {
  const { items } = useQueue();
  const item = items.find((one) => one.prediction?.id === id);
  const [kept, setKept] = useState<KeptPrediction | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);

  useEffect(() => {
    const abort = new AbortController();
    getPrediction(id, abort.signal).then(
      (answer) => {
        setKept(answer);
        setTrouble(null);
      },
      (failure: unknown) => {
        if (abort.signal.aborted) return;
        setTrouble(troubleOf(failure));
      },
    );
    return () => abort.abort();
  }, [id, tries]);

  // Back again: it goes on by itself.
  useRetry(trouble?.kind === "offline", () => setTries((now) => now + 1));

  return {
    prediction: kept ?? item?.prediction ?? null,
    kept,
    item,
    trouble,
    askAgain: () => setTries(tries + 1),
  };
}
