// The server as it is now, for as long as Monitoring is open.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { DeletionEvent, HistoryEntry, LabelEvent, Load } from "../api/live";
import { getLatest } from "../api/live";
import { listenToEvents } from "../lib/event_stream";
import type { MonitorView } from "../lib/monitor";
import { Monitor, SHOWN_PREDICTIONS } from "../lib/monitor";
import { troubleOf } from "../lib/trouble";

export interface MonitorState {
  view: MonitorView;
  monitor: Monitor;
  keepsHistory: boolean | null; // null: not known yet
}

export function useMonitor(): MonitorState {
  const [monitor] = useState(() => new Monitor());
  const [keepsHistory, setKeepsHistory] = useState<boolean | null>(null);
  const view = useSyncExternalStore(monitor.subscribe, monitor.getSnapshot);
  useEffect(() => {
    const abort = new AbortController();
    const fill = async () => {
      try {
        monitor.onHistory(await getLatest(SHOWN_PREDICTIONS, abort.signal));
        setKeepsHistory(true);
      } catch (failure) {
        if (troubleOf(failure).kind === "absent") setKeepsHistory(false);
      }
    };
    const end = listenToEvents({
      handlers: {
        load: (data) => monitor.onLoad(data as Load),
        prediction: (data) => monitor.onPrediction(data as HistoryEntry),
        label: (data) => {
          const { prediction_id, label } = data as LabelEvent;
          monitor.onLabel(prediction_id, label);
        },
        deletion: (data) => monitor.onDeletion((data as DeletionEvent).prediction_id),
      },
      onState: monitor.onState,
      onOpen: () => void fill(),
    });
    return () => {
      abort.abort();
      end();
    };
  }, [monitor]);
  return { view, monitor, keepsHistory };
}
