import { useEffect, useState, useSyncExternalStore } from "react";
import { openSound } from "../lib/playable";
import type { PlaybackState } from "../lib/playback";
import { Playback } from "../lib/playback";
import type { SoundSource } from "../lib/sound_source";

export type Opened =
  | { state: "opening" }
  | { state: "ready"; playback: Playback }
  | { state: "unplayable" } // neither this browser nor we can decode it
  | { state: "failed"; failure: unknown }; // it did not come

// `tries`: another number fetches it again.
export function usePlayback(source: SoundSource, tries: number): Opened {
  const [opened, setOpened] = useState<Opened>({ state: "opening" });
  useEffect(() => {
    const abort = new AbortController();
    let playback: Playback | null = null;
    const open = async () => {
      const playable = await openSound(await source.file(abort.signal));
      if (abort.signal.aborted) return;
      if (!playable) {
        setOpened({ state: "unplayable" });
        return;
      }
      const { samples, sampleRateHz } = playable.sound;
      playback = new Playback(playable.blob, samples.length / sampleRateHz);
      setOpened({ state: "ready", playback });
    };
    setOpened({ state: "opening" });
    open().catch((failure: unknown) => {
      if (!abort.signal.aborted) setOpened({ state: "failed", failure });
    });
    return () => {
      abort.abort();
      playback?.destroy();
    };
  }, [source, tries]);
  return opened;
}

const SILENT: PlaybackState = {
  playing: false,
  timeS: 0,
  speed: 1,
  loop: false,
  part: null,
  filter: "wide",
};
const nothing = () => () => undefined;
const silent = () => SILENT;

export function usePlaybackState(playback: Playback | null): PlaybackState {
  return useSyncExternalStore(playback?.subscribe ?? nothing, playback?.getState ?? silent);
}
