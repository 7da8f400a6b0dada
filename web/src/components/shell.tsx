import { SegmentedControl, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";
import { address } from "../api/client";
import { droppedFiles } from "../lib/files";
import type { Route } from "../lib/route";
import type { ServerState } from "../state/health";
import { useServerState } from "../state/health";
import { queue } from "../state/session";
import { Account } from "./account";
import { AutoIcon, MoonIcon, SunIcon } from "./icons";

interface Props {
  page: Route["page"];
  isOut?: boolean; // one has to log in: there is nowhere to go
  children: ReactNode;
}

const PAGES = [
  { href: "#/listen", name: "Listen", pages: ["listen"] },
  { href: "#/history", name: "History", pages: ["history", "recording"] },
  { href: "#/model", name: "Model", pages: ["model"] },
  { href: "#/monitoring", name: "Monitoring", pages: ["monitoring"] },
  { href: "#/training", name: "Training", pages: ["training"] },
];

const STATES: Record<ServerState, { words: string; short: string }> = {
  unknown: { words: "Asking the server…", short: "…" },
  ready: { words: "Model ready", short: "Ready" },
  "no-model": { words: "No model loaded", short: "No model" },
  offline: { words: "Server not reached", short: "Offline" },
};

function ServerPill() {
  const state = useServerState();
  const { words, short } = STATES[state];
  return (
    <span className={`pill pill-${state}`} role="status">
      <span className="pill-dot" aria-hidden="true" />
      <span className="pill-words">{words}</span>
      <span className="pill-short" aria-hidden="true">
        {short}
      </span>
    </span>
  );
}

function SchemeControl() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choice = (value: string, name: string, icon: ReactNode) => ({
    value,
    label: (
      <span className="scheme-choice" title={name}>
        {icon}
        <VisuallyHidden>{name}</VisuallyHidden>
      </span>
    ),
  });
  return (
    <SegmentedControl
      aria-label="Colours"
      size="xs"
      value={colorScheme}
      onChange={(value) => setColorScheme(value as typeof colorScheme)}
      data={[
        choice("light", "Light", <SunIcon size={16} />),
        choice("dark", "Dark", <MoonIcon size={16} />),
        choice("auto", "As the system", <AutoIcon size={16} />),
      ]}
    />
  );
}

// Files may be dropped anywhere: a browser would leave the page for one that misses its mark.
function useDrop(isTaken: boolean): void {
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      document.body.classList.add("dragging");
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) document.body.classList.remove("dragging");
    };
    const drop = (event: DragEvent) => {
      document.body.classList.remove("dragging");
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (!isTaken) return;
      void droppedFiles(event.dataTransfer).then((files) => {
        if (files.length === 0) return;
        queue.add(files);
        location.hash = "#/listen";
      });
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [isTaken]);
}

export function Shell({ page, isOut = false, children }: Props) {
  const main = useRef<HTMLElement>(null);
  useDrop(!isOut);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <header className="header">
        <div className="wide header-row">
          <a className="brand" href="#/listen">
            <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true">
              <rect width="32" height="32" rx="8" fill="#0b7285" />
              <path
                d="M4 17h6l2.5-6 4 13 4-16 3 9H28"
                fill="none"
                stroke="#fff"
                strokeWidth="2.4"
                strokeLinecap="round"
                strokeLinejoin="round"
              />
            </svg>
            <span className="brand-name">HeartBeat AI</span>
          </a>
          <nav aria-label="Main" className="nav">
            {(isOut ? [] : PAGES).map(({ href, name, pages }) => (
              <a
                key={href}
                href={href}
                className="nav-link"
                aria-current={pages.includes(page) ? "page" : undefined}
              >
                {name}
              </a>
            ))}
          </nav>
          <div className="header-end">
            <Account />
            <ServerPill />
            <SchemeControl />
          </div>
        </div>
      </header>
      <main className="wide main" tabIndex={-1} ref={main}>
        {children}
      </main>
      <footer className="footer">
        <div className="wide footer-row">
          <span>
            <strong>Decision support, not a diagnosis.</strong> A qualified clinician must judge the
            patient.
          </span>
          <span className="footer-links">
            <a href={address("docs")}>API</a>
            <a href={address("assets/licences.txt")}>Licences</a>
          </span>
        </div>
      </footer>
    </div>
  );
}
