// Sends recordings. XMLHttpRequest, because fetch does not tell how much has been sent.

import type { Outcome, Reply, Transport } from "../lib/queue";
import { retryAfterSeconds } from "../lib/retry";
import { sentence } from "../lib/trouble";
import { getSession, letsIn } from "./access";
import { address, getHealth, noteStatus, parseProblem } from "./client";
import type { BatchResult, Prediction } from "./types";

function outcomesOf(route: string, text: string): Outcome[] | null {
  try {
    if (route === "predict") return [{ prediction: JSON.parse(text) as Prediction }];
    const { results } = JSON.parse(text) as { results: BatchResult[] };
    return results.map((result) =>
      result.status === "success" ? { prediction: result } : { error: result.error },
    );
  } catch {
    return null;
  }
}

export function replyOf(
  route: string,
  status: number,
  retryAfter: string | null,
  text: string,
): Reply {
  if (status === 200) {
    const outcomes = outcomesOf(route, text);
    return outcomes
      ? { kind: "answered", outcomes }
      : { kind: "refused", error: "The server's answer cannot be read." };
  }
  const problem = parseProblem(text);
  if (status === 404 || status === 405) return { kind: "unsupported" };
  if (status === 503 && problem?.type === "/problems/no-model") return { kind: "no-model" };
  if (status === 429 || status === 503) {
    return { kind: "busy", afterSeconds: retryAfterSeconds(retryAfter, new Date()) };
  }
  // A proxy whose server is gone; or one has to log in again, and it goes on afterwards.
  if (status === 0 || status === 401 || status === 502 || status === 504) return { kind: "offline" };
  const detail = problem?.detail ?? `The server answered with status ${status}`;
  return { kind: "refused", error: sentence(detail) };
}

export const httpTransport: Transport = {
  send(route, files, onSent, signal, about) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      for (const file of files)
        form.append(route === "predict" ? "file" : "files", file, file.name);
      if (about.patientRef) form.append("patient_ref", about.patientRef);
      if (about.location) form.append("location", about.location);
      request.upload.onprogress = (event) => onSent(event.loaded, event.total);
      request.upload.onload = (event) => onSent(event.total, event.total);
      request.onload = () => {
        noteStatus(request.status);
        resolve(
          replyOf(
            route,
            request.status,
            request.getResponseHeader("Retry-After"),
            request.responseText,
          ),
        );
      };
      request.onerror = () => resolve({ kind: "offline" });
      request.onabort = () => resolve({ kind: "aborted" });
      signal.addEventListener("abort", () => request.abort());
      request.open("POST", address(route));
      request.setRequestHeader("Accept", "application/json");
      request.send(form);
    });
  },
  async isReady() {
    try {
      const [health, session] = await Promise.all([getHealth(), getSession()]);
      return health.model_loaded && letsIn(session);
    } catch {
      return false;
    }
  },
};
