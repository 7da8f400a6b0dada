// The history as this tab shows it.

import { useSyncExternalStore } from "react";
import { getHistory } from "../api/history";
import { parseFilters, serverQuery } from "../lib/filters";
import { HistoryList } from "../lib/history_list";
import { queue } from "./session";

// Asked by the query of the page's address.
export const historyList = new HistoryList((query, cursor, signal) =>
  getHistory(serverQuery(parseFilters(query)).toString(), cursor, signal),
);

let heard = 0;
queue.subscribe(() => {
  const now = queue.getSnapshot().items.filter(({ prediction }) => prediction).length;
  if (now > heard) historyList.markStale();
  heard = now;
});

export function useHistory() {
  return useSyncExternalStore(historyList.subscribe, historyList.getState);
}

// Where one was last, with its filters.
export function historyAddress(): string {
  const { query } = historyList.getState();
  return query ? `#/history?${query}` : "#/history";
}
