// The history, page by page: older ones come at the end, and what is far above is let go, so that a
// history of any length takes the same memory.

import type { HistoryEntry, HistoryPage, LabelValue } from "../api/history";

export type Busy = "first" | "older" | "newer";

export interface HistoryState {
  query: string | null; // null: nothing was asked for yet
  entries: readonly HistoryEntry[]; // newest first
  hasNewer: boolean; // that were let go
  hasOlder: boolean;
  busy: Busy | null;
  failure: unknown; // of the last request; null where it went well
}

export type FetchPage = (
  query: string,
  cursor: string | null,
  signal: AbortSignal,
) => Promise<HistoryPage>;

interface Page {
  cursor: string | null; // that gave it
  entries: HistoryEntry[];
  next: string | null;
}

export const MOST_PAGES = 6; // of 50 rows

export class HistoryList {
  private pages: Page[] = [];
  private above: (string | null)[] = []; // cursors of the pages that were let go
  private isStale = false;
  private abort = new AbortController();
  private state: HistoryState = {
    query: null,
    entries: [],
    hasNewer: false,
    hasOlder: false,
    busy: null,
    failure: null,
  };
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly fetchPage: FetchPage,
    private readonly mostPages: number = MOST_PAGES,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): HistoryState => this.state;

  // Something was added: the next time it is opened, it is asked for again.
  markStale(): void {
    this.isStale = true;
  }

  // What is there already is kept: who comes back from a recording finds the list as it was.
  open(query: string): void {
    if (query === this.state.query && !this.state.failure && !this.isStale) return;
    if (query !== this.state.query) this.forget();
    this.state = { ...this.state, query };
    void this.refresh();
  }

  // From the newest on.
  async refresh(): Promise<void> {
    this.isStale = false;
    await this.load("first", null, (page) => {
      this.pages = [page];
      this.above = [];
    });
  }

  async older(): Promise<void> {
    const next = this.pages.at(-1)?.next;
    if (!next || this.state.busy) return;
    await this.load("older", next, (page) => {
      this.pages.push(page);
      const first = this.pages.length > this.mostPages ? this.pages.shift() : undefined;
      if (first) this.above.push(first.cursor);
    });
  }

  async newer(): Promise<void> {
    const cursor = this.above.at(-1);
    if (cursor === undefined || this.state.busy) return;
    await this.load("newer", cursor, (page) => {
      this.above.pop();
      this.pages.unshift(page);
      if (this.pages.length > this.mostPages) this.pages.pop();
    });
  }

  remove(id: string): void {
    for (const page of this.pages) page.entries = page.entries.filter((entry) => entry.id !== id);
    this.publish();
    const { entries, hasNewer, hasOlder } = this.state;
    if (entries.length === 0 && (hasNewer || hasOlder)) void this.refresh();
  }

  relabel(id: string, label: LabelValue): void {
    for (const page of this.pages) {
      page.entries = page.entries.map((entry) => (entry.id === id ? { ...entry, label } : entry));
    }
    this.publish();
  }

  private forget(): void {
    this.abort.abort();
    this.pages = [];
    this.above = [];
  }

  private async load(busy: Busy, cursor: string | null, take: (page: Page) => void): Promise<void> {
    const { query } = this.state;
    if (query === null) return;
    this.abort.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.publish({ busy, failure: null });
    try {
      const answer = await this.fetchPage(query, cursor, abort.signal);
      if (abort.signal.aborted) return;
      take({ cursor, entries: answer.predictions, next: answer.next_cursor });
      this.publish({ busy: null });
    } catch (failure) {
      if (!abort.signal.aborted) this.publish({ busy: null, failure });
    }
  }

  private publish(changed: Partial<HistoryState> = {}): void {
    this.state = {
      ...this.state,
      ...changed,
      entries: this.pages.flatMap((page) => page.entries),
      hasNewer: this.above.length > 0,
      hasOlder: (this.pages.at(-1)?.next ?? null) !== null,
    };
    for (const listener of this.listeners) listener();
  }
}
