// The server's events, for as long as somebody looks. A browser connects again by itself after most
// failures; this does it after the others too: an answer that is no stream, such as a proxy's page while
// the server restarts, and a connection that died without a word, as when a computer slept.

import { address, suspectLogout } from "../api/client";

export type StreamState = "connecting" | "live" | "reconnecting";

type Handlers = Record<string, (data: unknown) => void>;

interface Options {
  handlers: Handlers; // by the name of the event
  onState: (state: StreamState) => void;
  onOpen?: () => void; // each time, as events may have been missed before
}

const RETRY_MS = 3000;
const WATCH_MS = 2000;
// `load` comes once a second.
const SILENCE_MS = 10_000;
// Browsers open six connections to a server over all tabs, and a stream is one: a tab that nobody sees
// gives its own back.
const HIDDEN_MS = 60_000;

// Begins to listen; gives what ends it.
export function listenToEvents({ handlers, onState, onOpen }: Options): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let hide: ReturnType<typeof setTimeout> | undefined;
  let heardAt = Date.now();

  const disconnect = () => {
    clearTimeout(retry);
    source?.close();
    source = null;
  };
  const connect = () => {
    disconnect();
    heardAt = Date.now();
    const opened = new EventSource(address("events"));
    source = opened;
    opened.onopen = () => {
      heardAt = Date.now();
      onState("live");
      onOpen?.();
    };
    opened.onerror = () => {
      onState("reconnecting");
      if (opened.readyState !== EventSource.CLOSED) return;
      suspectLogout(); // a browser does not tell the status
      clearTimeout(retry);
      retry = setTimeout(connect, RETRY_MS);
    };
    for (const [name, handle] of Object.entries<(data: unknown) => void>({
      load: () => {}, // told to no one, and still a sign of life
      ...handlers,
    })) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        heardAt = Date.now();
        handle(JSON.parse(event.data));
      });
    }
  };
  const watch = setInterval(() => {
    if (source?.readyState !== EventSource.OPEN || Date.now() - heardAt < SILENCE_MS) return;
    onState("reconnecting");
    connect();
  }, WATCH_MS);
  const onVisibility = () => {
    clearTimeout(hide);
    if (document.hidden) {
      hide = setTimeout(disconnect, HIDDEN_MS);
    } else if (!source) {
      onState("reconnecting");
      connect();
    }
  };
  document.addEventListener("visibilitychange", onVisibility);
  onState("connecting");
  connect();
  return () => {
    disconnect();
    clearInterval(watch);
    clearTimeout(hide);
    document.removeEventListener("visibilitychange", onVisibility);
  };
}
