import { useEffect, useState } from "react";
import { getExplanation } from "../api/history";
import type { EvidenceGrid } from "../lib/evidence";

interface Explanation {
  grid: EvidenceGrid | null;
  failure: unknown; // null where all went well
}

const NOTHING: Explanation = { grid: null, failure: null };

// The evidence of a kept prediction, asked for once it is wanted. `id`: null where nothing is kept.
export function useExplanation(id: string | null, isWanted: boolean): Explanation {
  const [explanation, setExplanation] = useState<Explanation & { id: string | null }>({
    ...NOTHING,
    id: null,
  });
  const isThere = explanation.id === id && explanation.grid !== null;
  useEffect(() => {
    if (id === null || !isWanted || isThere) return;
    const abort = new AbortController();
    getExplanation(id, abort.signal).then(
      (grid) => setExplanation({ id, grid, failure: null }),
      (failure: unknown) => {
        if (!abort.signal.aborted) setExplanation({ id, grid: null, failure });
      },
    );
    return () => abort.abort();
  }, [id, isWanted, isThere]);
  return explanation.id === id ? explanation : NOTHING;
}
