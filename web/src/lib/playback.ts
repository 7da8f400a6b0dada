// Plays a sound: speed, a marked part, repetition, a stethoscope's filter.

import type { ListeningFilter } from "./listening";
import { LISTENING } from "./listening";

export interface Part {
  startS: number;
  endS: number;
}

export interface PlaybackState {
  playing: boolean;
  timeS: number;
  speed: number;
  loop: boolean;
  part: Part | null;
  filter: ListeningFilter;
}

const TOLD_EVERY_MS = 100;
const SHORTEST_PART_S = 0.01;

export class Playback {
  private readonly element = new Audio();
  private readonly url: string;
  private context: AudioContext | null = null;
  private input: MediaElementAudioSourceNode | null = null;
  private nodes: BiquadFilterNode[] = [];
  private frame = 0;
  private told = 0;
  private lastS = 0; // where it was when last looked at
  private stopAtEnd = false; // of the part, even though nothing loops
  private state: PlaybackState = {
    playing: false,
    timeS: 0,
    speed: 1,
    loop: false,
    part: null,
    filter: "wide",
  };
  private readonly listeners = new Set<() => void>();
  private readonly frameListeners = new Set<(timeS: number) => void>();

  constructor(
    blob: Blob,
    readonly durationS: number,
  ) {
    this.url = URL.createObjectURL(blob);
    this.element.src = this.url;
    this.element.addEventListener("play", () => {
      this.change({ playing: true });
      this.tick();
    });
    this.element.addEventListener("pause", () => this.change({ playing: false }));
    this.element.addEventListener("timeupdate", () => this.look());
    this.element.addEventListener("ended", () => {
      const { loop, part } = this.state;
      if (!loop) return;
      this.seek(part?.startS ?? 0);
      this.start();
    });
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.element.pause();
    this.element.removeAttribute("src");
    URL.revokeObjectURL(this.url);
    void this.context?.close();
    this.listeners.clear();
    this.frameListeners.clear();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): PlaybackState => this.state;

  // Called at each frame while it plays, and where the time is set.
  onFrame(listener: (timeS: number) => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  toggle(): void {
    const { playing, part, timeS, loop } = this.state;
    if (playing) {
      this.element.pause();
      return;
    }
    const isInside = part && timeS >= part.startS && timeS < part.endS - 0.01;
    if (part && !isInside) this.seek(part.startS);
    else if (timeS >= this.durationS - 0.01) this.seek(0);
    this.stopAtEnd = part !== null && !loop;
    this.start();
  }

  playPart(part: Part): void {
    this.mark(part);
    this.seek(part.startS);
    this.stopAtEnd = true;
    this.start();
  }

  seek(timeS: number): void {
    const time = Math.min(Math.max(timeS, 0), this.durationS);
    this.element.currentTime = time;
    this.lastS = time;
    this.stopAtEnd = false;
    this.change({ timeS: time });
    for (const listener of this.frameListeners) listener(time);
  }

  mark(part: Part | null): void {
    if (!part) {
      this.stopAtEnd = false;
      this.change({ part: null });
      return;
    }
    const startS = Math.max(Math.min(part.startS, part.endS), 0);
    const endS = Math.min(Math.max(part.startS, part.endS), this.durationS);
    if (endS - startS >= SHORTEST_PART_S) this.change({ part: { startS, endS } });
  }

  setSpeed(speed: number): void {
    this.element.playbackRate = speed; // the pitch stays
    this.change({ speed });
  }

  setLoop(loop: boolean): void {
    this.change({ loop });
  }

  setFilter(filter: ListeningFilter): void {
    this.change({ filter });
    if (filter !== "wide" || this.context) this.connect();
  }

  // Only who filters needs the graph: a browser without a sound card has none.
  private connect(): void {
    this.context ??= new AudioContext();
    this.input ??= this.context.createMediaElementSource(this.element);
    const { context, input } = this;
    for (const node of [input, ...this.nodes]) node.disconnect();
    this.nodes = LISTENING[this.state.filter].chain.map(
      ({ type, hz, qDb }) => new BiquadFilterNode(context, { type, frequency: hz, Q: qDb }),
    );
    let last: AudioNode = input;
    for (const node of this.nodes) {
      last.connect(node);
      last = node;
    }
    last.connect(context.destination);
    void context.resume();
  }

  private start(): void {
    void this.context?.resume();
    // Rejected where it is paused before it has begun.
    this.element.play().catch(() => undefined);
  }

  private tick = (): void => {
    cancelAnimationFrame(this.frame);
    this.look();
    if (!this.element.paused) this.frame = requestAnimationFrame(this.tick);
  };

  private look(): void {
    const timeS = this.element.currentTime;
    const { part, loop } = this.state;
    // Who has sought behind the part means to hear on.
    const hasEnded = part !== null && this.lastS < part.endS && timeS >= part.endS;
    this.lastS = timeS;
    if (hasEnded && !this.element.paused) {
      if (loop) {
        this.lastS = part.startS;
        this.element.currentTime = part.startS;
      } else if (this.stopAtEnd) {
        this.stopAtEnd = false;
        this.element.pause();
      }
    }
    for (const listener of this.frameListeners) listener(this.element.currentTime);
    if (performance.now() - this.told < TOLD_EVERY_MS && !this.element.paused) return;
    this.told = performance.now();
    this.change({ timeS: this.element.currentTime });
  }

  private change(changed: Partial<PlaybackState>): void {
    this.state = { ...this.state, ...changed };
    for (const listener of this.listeners) listener();
  }
}
