import { useEffect, useRef } from "react";

const EVERY_MS = 3000;

// Calls `again` every few seconds while `isOffline`. By its own clock: a server may be gone and back
// between two questions about its health.
export function useRetry(isOffline: boolean, again: () => void): void {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!isOffline) return;
    const timer = setInterval(() => {
      if (!document.hidden) latest.current();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [isOffline]);
}
