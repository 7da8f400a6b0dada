import { Button, Group, SegmentedControl, Switch, useComputedColorScheme } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { useEffect, useRef, useState } from "react";
import WaveSurfer from "wavesurfer.js";
import type { Region } from "wavesurfer.js/plugins/regions";
import RegionsPlugin from "wavesurfer.js/plugins/regions";
import type { Prediction, Window } from "../api/types";
import type { Playable } from "../lib/playable";
import { openSound } from "../lib/playable";
import { seconds } from "../lib/words";
import { CrossIcon, PauseIcon, PlayIcon } from "./icons";
import { WindowStrip } from "./window_strip";

interface Props {
  file: File;
  prediction: Prediction;
}

const SPEEDS = ["0.5", "0.75", "1"];
const STEP_S = 1;
const COLOURS = {
  light: {
    wave: "#7f97a3",
    progress: "#0b7285",
    cursor: "#0b7285",
    region: "rgba(11,114,133,.16)",
  },
  dark: { wave: "#6d808b", progress: "#66d9e8", cursor: "#99e9f2", region: "rgba(102,217,232,.2)" },
};

// The waveform with each window's probability below it, and what it takes to listen again.
export default function Player({ file, prediction }: Props) {
  const scheme = useComputedColorScheme("light");
  const [sound, setSound] = useState<Playable | null | "opening">("opening");
  const [playing, setPlaying] = useState(false);
  const [time, setTime] = useState(0);
  const [speed, setSpeed] = useState("1");
  const [loop, setLoop] = useState(false);
  const [part, setPart] = useState<{ start: number; end: number } | null>(null);
  const container = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer | null>(null);
  const regions = useRef<RegionsPlugin | null>(null);
  const looping = useRef(loop);
  looping.current = loop;

  useEffect(() => {
    let isWanted = true;
    void openSound(file).then((opened) => {
      if (isWanted) setSound(opened);
    });
    return () => {
      isWanted = false;
    };
  }, [file]);

  useEffect(() => {
    if (!sound || sound === "opening" || !container.current) return;
    const plugin = RegionsPlugin.create();
    const made = WaveSurfer.create({
      container: container.current,
      height: 132,
      normalize: true,
      cursorWidth: 2,
      hideScrollbar: true,
      plugins: [plugin],
    });
    surfer.current = made;
    regions.current = plugin;
    // One part at a time: a new one takes the place of the old.
    const take = (region: Region) => {
      for (const other of plugin.getRegions()) if (other !== region) other.remove();
      setPart({ start: region.start, end: region.end });
    };
    plugin.on("region-created", take);
    plugin.on("region-updated", take);
    plugin.on("region-out", (region) => {
      if (looping.current && made.isPlaying()) region.play();
    });
    made.on("play", () => setPlaying(true));
    made.on("pause", () => setPlaying(false));
    made.on("timeupdate", setTime);
    made.on("finish", () => {
      if (!looping.current) return;
      const region = plugin.getRegions()[0];
      if (region) region.play();
      else void made.play();
    });
    void made.loadBlob(sound.blob, [sound.peaks], sound.durationS);
    return () => {
      surfer.current = null;
      made.destroy();
    };
  }, [sound]);

  useEffect(() => {
    const { wave, progress, cursor, region } = COLOURS[scheme];
    surfer.current?.setOptions({ waveColor: wave, progressColor: progress, cursorColor: cursor });
    for (const marked of regions.current?.getRegions() ?? []) marked.setOptions({ color: region });
    return regions.current?.enableDragSelection({ color: region });
  }, [scheme, sound]);

  useEffect(() => {
    surfer.current?.setPlaybackRate(Number(speed), true);
  }, [speed, sound]);

  const mark = (start: number, end: number) => {
    regions.current?.clearRegions();
    return regions.current?.addRegion({ start, end, color: COLOURS[scheme].region });
  };
  const playWindow = (window: Window) => {
    mark(window.start_s, Math.min(window.end_s, prediction.recording.duration_s))?.play(
      !looping.current,
    );
  };
  const toggle = () => {
    const made = surfer.current;
    if (!made) return;
    if (made.isPlaying()) {
      made.pause();
      return;
    }
    const region = regions.current?.getRegions()[0];
    const isInside = region && time >= region.start && time < region.end - 0.05;
    if (region && !isInside) region.play(!loop);
    else void made.play();
  };
  const seek = (event: KeyboardEvent) => {
    const step = { ArrowRight: STEP_S, ArrowLeft: -STEP_S }[event.key];
    const made = surfer.current;
    if (!made || (!step && event.key !== "Home")) return;
    event.preventDefault();
    made.setTime(step ? Math.min(Math.max(time + step, 0), made.getDuration()) : 0);
  };
  const unmark = () => {
    regions.current?.clearRegions();
    setPart(null);
  };

  const { windows, threshold_used, recording } = prediction;
  const isPlayable = sound !== null && sound !== "opening";
  const duration = isPlayable ? sound.durationS : recording.duration_s;
  return (
    <>
      {sound === null && (
        <p className="notice-plain" role="note">
          This browser cannot play {recording.format} at {recording.sample_rate_hz} Hz, so there is
          no waveform. The server has heard it, and the verdict stands.
        </p>
      )}
      {sound !== null && (
        <div
          className="wave"
          role="slider"
          tabIndex={0}
          aria-label="Position in the recording"
          aria-valuemin={0}
          aria-valuemax={Number(duration.toFixed(1))}
          aria-valuenow={Number(time.toFixed(1))}
          aria-valuetext={`${seconds(time)} of ${seconds(duration)}`}
          onKeyDown={seek}
          ref={container}
        />
      )}
      <WindowStrip
        windows={windows}
        threshold={threshold_used}
        durationS={recording.duration_s}
        onPlay={isPlayable ? playWindow : undefined}
      />
      <p className="quiet small strip-caption">
        Probability of abnormal (%) in each window of the recording; the line is the threshold.
        {isPlayable && (
          <span className="no-print">
            {" "}
            Press a bar to hear its window, or drag over the waveform to mark a part.
          </span>
        )}
      </p>
      {isPlayable && (
        <Group className="controls no-print" gap="md">
          <Button
            size="md"
            leftSection={playing ? <PauseIcon /> : <PlayIcon />}
            onClick={toggle}
            className="play"
          >
            {playing ? "Pause" : "Play"}
          </Button>
          <span className="clock">
            {time.toFixed(1)} / {seconds(duration)}
          </span>
          <SegmentedControl
            aria-label="Speed"
            value={speed}
            onChange={setSpeed}
            data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
          />
          <Switch
            label="Loop"
            checked={loop}
            onChange={(event) => setLoop(event.currentTarget.checked)}
          />
          {part && (
            <Button
              variant="subtle"
              size="sm"
              rightSection={<CrossIcon size={14} />}
              onClick={unmark}
              aria-label="Remove the mark"
            >
              {part.start.toFixed(1)}–{part.end.toFixed(1)} s
            </Button>
          )}
        </Group>
      )}
    </>
  );
}
