// Parts of the page that are loaded when they are needed.

import type { ComponentType } from "react";
import { lazy } from "react";
import { sleep } from "./retry";

const RETRY_MS = 2000;

// As React's lazy, but patient: where the server cannot be reached the part comes as soon as it is back,
// instead of taking the whole page down.
export function late<Props>(load: () => Promise<{ default: ComponentType<Props> }>) {
  return lazy(async () => {
    for (;;) {
      try {
        return await load();
      } catch {
        await sleep(RETRY_MS, new AbortController().signal);
      }
    }
  });
}
