// The recordings of this tab. They are kept nowhere else.

import { useSyncExternalStore } from "react";
import { httpTransport } from "../api/upload";
import { isOpen, ListeningQueue } from "../lib/queue";

export const queue = new ListeningQueue(httpTransport);

// Leaving would lose what is not answered yet.
window.addEventListener("beforeunload", (event) => {
  if (queue.getSnapshot().items.some(isOpen)) event.preventDefault();
});

export function useQueue() {
  return useSyncExternalStore(queue.subscribe, queue.getSnapshot);
}
