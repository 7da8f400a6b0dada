// Something asked of the server, for as long as a view shows it.

import type { DependencyList } from "react";
import { useCallback, useEffect, useState } from "react";
import { troubleOf } from "../lib/trouble";

export type Answer<T> =
  | { state: "loading" }
  | { state: "ready"; value: T }
  | { state: "absent"; detail: string } // there is none, and why
  | { state: "trouble"; detail: string };

// Asked again when one of `asked` changes, or by what comes second. What was known stays where the
// server cannot be reached.
export function useAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  asked: DependencyList,
): [Answer<T>, () => void] {
  const [answer, setAnswer] = useState<Answer<T>>({ state: "loading" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    ask(abort.signal)
      .then((value) => setAnswer({ state: "ready", value }))
      .catch((failure: unknown) => {
        if (abort.signal.aborted) return;
        const { kind, text } = troubleOf(failure);
        if (kind === "absent") setAnswer({ state: "absent", detail: text });
        else {
          setAnswer((before) =>
            before.state === "ready" ? before : { state: "trouble", detail: text },
          );
        }
      });
    return () => abort.abort();
  }, [...asked, turn]);
  return [answer, useCallback(() => setTurn((before) => before + 1), [])];
}
