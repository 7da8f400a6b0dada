import { useEffect, useState } from "react";
import type { View } from "../lib/view";
import { covers, fills, rangeToAsk, wholeOf } from "../lib/view";

const PATIENCE_MS = 120; // while it is being zoomed, nothing is asked

interface Pieces<Piece> {
  piece: Piece | null; // what fills the view best
  failure: unknown; // null where all went well
}

// The pictures that fill the view: one of the whole recording, and a finer one where it is zoomed in.
// `load` must be the same function for the same recording.
export function usePieces<Piece extends View>(
  load: (range: View, signal: AbortSignal) => Promise<Piece>,
  view: View,
  durationS: number,
): Pieces<Piece> & { whole: Piece | null } {
  const [whole, setWhole] = useState<Piece | null>(null);
  const [detail, setDetail] = useState<Piece | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  useEffect(() => {
    const abort = new AbortController();
    setWhole(null);
    setDetail(null);
    setFailure(null);
    load(wholeOf(durationS), abort.signal).then(setWhole, (reason: unknown) => {
      if (!abort.signal.aborted) setFailure(reason);
    });
    return () => abort.abort();
  }, [load, durationS]);

  const isFilled = [whole, detail].some((piece) => piece !== null && covers(piece, view));
  useEffect(() => {
    if (isFilled || whole === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      load(rangeToAsk(view, durationS), abort.signal).then(
        (piece) => {
          if (abort.signal.aborted) return;
          setDetail(piece);
          setFailure(null);
        },
        (reason: unknown) => {
          if (!abort.signal.aborted) setFailure(reason);
        },
      );
    }, PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [load, view, durationS, isFilled, whole]);

  // The finer one, where it fills the view.
  return { piece: detail !== null && fills(detail, view) ? detail : whole, whole, failure };
}
