import { Button, Group, SegmentedControl, Switch } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { useCallback, useId, useMemo, useState } from "react";
import type { Prediction } from "../api/types";
import type { ListeningFilter } from "../lib/listening";
import { LISTENING } from "../lib/listening";
import { NotDecodable } from "../lib/local_source";
import type { SoundSource } from "../lib/sound_source";
import { troubleOf } from "../lib/trouble";
import type { View } from "../lib/view";
import { isWhole, panned, revealing, spanOf, wholeOf, ZOOM_STEP, zoomed } from "../lib/view";
import { seconds, shortSpan } from "../lib/words";
import { rememberWhy, remembersWhy } from "../state/why";
import { EvidenceLegend } from "./evidence";
import { CrossIcon, MinusIcon, PauseIcon, PlayIcon, PlusIcon } from "./icons";
import { Plot } from "./plot";
import { ScrollBar } from "./scroll_bar";
import { Legend } from "./spectrogram";
import { useExplanation } from "./use_explanation";
import { usePieces } from "./use_pieces";
import { usePlayback, usePlaybackState } from "./use_playback";
import { peakOf } from "./waveform";
import { WindowStrip } from "./window_strip";

interface Props {
  source: SoundSource; // the same object for the same recording
  prediction: Prediction;
  isKept: boolean; // by the server, which can then tell more of the evidence
}

const SPEEDS = ["0.5", "0.75", "1"];
const FILTERS = Object.keys(LISTENING) as ListeningFilter[];
const STEP_S = 1;
const POINTS = 4096;
const FRAMES = 1024;

// What is heard, to see and to hear again: waveform and spectrogram, zoomed and scrolled as one, each
// window's probability below them, and what it takes to listen.
export default function Player({ source, prediction, isKept }: Props) {
  const { windows, threshold_used, recording } = prediction;
  const durationS = recording.duration_s;
  const [view, setView] = useState<View>(() => wholeOf(durationS));
  const [width, setWidth] = useState(600); // until the pictures tell theirs
  const [tries, setTries] = useState(0);
  const plotId = useId();
  const [whyIsOn, setWhyOn] = useState(remembersWhy);
  // A recording that is not good enough has a verdict that nothing needs to explain.
  const regions = prediction.verdict === "poor_quality" ? null : prediction.explanation?.regions;
  const hasWhy = regions != null;
  const why = useExplanation(isKept ? prediction.id : null, hasWhy && whyIsOn);
  const setWhy = (isOn: boolean) => {
    setWhyOn(isOn);
    rememberWhy(isOn);
  };

  const loadWaveform = useCallback(
    (range: View, signal: AbortSignal) => source.waveform(range, POINTS, signal),
    [source, tries],
  );
  const loadSpectrogram = useCallback(
    (range: View, signal: AbortSignal) => source.spectrogram(range, FRAMES, signal),
    [source, tries],
  );
  const waveform = usePieces(loadWaveform, view, durationS);
  const spectrogram = usePieces(loadSpectrogram, view, durationS);
  const peak = useMemo(() => (waveform.whole ? peakOf(waveform.whole) : 0), [waveform.whole]);

  const opened = usePlayback(source, tries);
  const playback = opened.state === "ready" ? opened.playback : null;
  const { playing, timeS, speed, loop, part, filter } = usePlaybackState(playback);

  const pictureFailure = waveform.failure ?? spectrogram.failure;
  // A finer picture that does not come leaves the coarse one.
  const hasPictures = pictureFailure === null || (waveform.whole && spectrogram.whole) !== null;
  const failures = [
    { what: "The pictures did", failure: pictureFailure },
    { what: "The sound did", failure: opened.state === "failed" ? opened.failure : null },
  ].filter(({ failure }) => failure !== null && !(failure instanceof NotDecodable));
  const centre = () => {
    const isInView = playback && timeS >= view.startS && timeS <= view.endS;
    return isInView ? timeS : (view.startS + view.endS) / 2;
  };
  const zoom = (factor: number) => setView(zoomed(view, factor, centre(), durationS));
  const setEdge = (edge: "startS" | "endS") => {
    const other = edge === "startS" ? { startS: timeS, endS: part?.endS ?? durationS } : null;
    playback?.mark(other ?? { startS: part?.startS ?? 0, endS: timeS });
  };

  const keys: Record<string, () => void> = {
    "+": () => zoom(ZOOM_STEP),
    "=": () => zoom(ZOOM_STEP),
    "-": () => zoom(1 / ZOOM_STEP),
    "0": () => setView(wholeOf(durationS)),
    PageUp: () => setView(panned(view, -0.9 * spanOf(view), durationS)),
    PageDown: () => setView(panned(view, 0.9 * spanOf(view), durationS)),
    ArrowRight: () => seekBy(1),
    ArrowLeft: () => seekBy(-1),
    Home: () => seekTo(0),
    End: () => seekTo(durationS),
    " ": () => playback?.toggle(),
    "[": () => setEdge("startS"),
    "]": () => setEdge("endS"),
  };
  const seekTo = (time: number) => {
    playback?.seek(time);
    if (playback) setView(revealing(view, time, time, durationS));
  };
  // A second, or a twentieth of what is in view where that is less.
  const seekBy = (direction: number) =>
    seekTo(
      Math.min(Math.max(timeS + direction * Math.min(STEP_S, spanOf(view) / 20), 0), durationS),
    );
  const press = (event: KeyboardEvent) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  return (
    <>
      {opened.state === "unplayable" && (
        <p className="notice-plain" role="note">
          This browser cannot play {recording.format} at {recording.sample_rate_hz} Hz
          {hasPictures ? ", so you can see it but not hear it" : ", so there are no pictures"}. The
          server has heard it, and the verdict stands.
        </p>
      )}
      {failures.length > 0 && (
        <div className="notice-plain no-print" role="alert">
          {failures.map(({ what, failure }) => (
            <p key={what}>
              {what} not come. {troubleOf(failure).text}
            </p>
          ))}
          <Button size="xs" variant="default" mt="xs" onClick={() => setTries(tries + 1)}>
            Try again
          </Button>
        </div>
      )}
      <div className="sound">
        {hasPictures && (
          <>
            <Group justify="space-between" gap="sm" mb="xs" className="no-print">
              {hasWhy && whyIsOn ? <EvidenceLegend /> : <Legend piece={spectrogram.piece} />}
              <Group gap="xs">
                {hasWhy && (
                  <Switch
                    label="Why"
                    title="Show which parts spoke for which verdict"
                    checked={whyIsOn}
                    onChange={(event) => setWhy(event.currentTarget.checked)}
                  />
                )}
                <span className="quiet small view-span">
                  {isWhole(view, durationS) ? "All" : shortSpan(spanOf(view))} in view
                </span>
                <Button.Group>
                  <Button
                    variant="default"
                    size="xs"
                    aria-label="Zoom out"
                    disabled={isWhole(view, durationS)}
                    onClick={() => zoom(1 / ZOOM_STEP)}
                  >
                    <MinusIcon size={16} />
                  </Button>
                  <Button
                    variant="default"
                    size="xs"
                    aria-label="Zoom in"
                    onClick={() => zoom(ZOOM_STEP)}
                  >
                    <PlusIcon size={16} />
                  </Button>
                  <Button
                    variant="default"
                    size="xs"
                    disabled={isWhole(view, durationS)}
                    onClick={() => setView(wholeOf(durationS))}
                  >
                    Whole
                  </Button>
                </Button.Group>
              </Group>
            </Group>
            <div
              className="wave"
              id={plotId}
              role="slider"
              tabIndex={0}
              aria-label="Position in the recording"
              aria-valuemin={0}
              aria-valuemax={Number(durationS.toFixed(2))}
              aria-valuenow={Number(timeS.toFixed(2))}
              aria-valuetext={`${seconds(timeS)} of ${seconds(durationS)}`}
              data-view={`${view.startS.toFixed(3)} ${view.endS.toFixed(3)}`}
              data-ready={waveform.whole !== null && spectrogram.whole !== null}
              onKeyDown={press}
            >
              <Plot
                view={view}
                durationS={durationS}
                waveform={waveform.piece}
                peak={peak}
                spectrogram={spectrogram.piece}
                playback={playback}
                part={part}
                evidence={regions != null && whyIsOn ? { grid: why.grid, regions } : null}
                onView={setView}
                onWidth={setWidth}
              />
            </div>
            <ScrollBar view={view} durationS={durationS} controls={plotId} onView={setView} />
          </>
        )}
        <WindowStrip
          windows={windows}
          threshold={threshold_used}
          durationS={durationS}
          view={view}
          width={width}
          onPlay={
            playback
              ? (window) =>
                  playback.playPart({
                    startS: window.start_s,
                    endS: Math.min(window.end_s, durationS),
                  })
              : undefined
          }
          onReveal={(window) =>
            setView(revealing(view, window.start_s, Math.min(window.end_s, durationS), durationS))
          }
        />
      </div>
      <p className="quiet small strip-caption">
        Bars: probability of abnormal (%) in each window; the line is the threshold.
        {playback && (
          <span className="no-print">
            {" "}
            Press a bar to hear its window, or drag over the pictures to mark a part.
          </span>
        )}
      </p>
      {hasWhy && whyIsOn && why.failure !== null && (
        <p className="quiet small no-print" role="note">
          Only the strongest parts are shown. {troubleOf(why.failure).text}
        </p>
      )}
      {playback && (
        <>
          <Group className="controls no-print" gap="md">
            <Button
              size="md"
              leftSection={playing ? <PauseIcon /> : <PlayIcon />}
              onClick={() => playback.toggle()}
              className="play"
            >
              {playing ? "Pause" : "Play"}
            </Button>
            <span className="clock">
              {timeS < 100 ? timeS.toFixed(1) : seconds(timeS)} / {seconds(durationS)}
            </span>
            <SegmentedControl
              aria-label="Speed"
              value={String(speed)}
              onChange={(value) => playback.setSpeed(Number(value))}
              data={SPEEDS.map((value) => ({ value, label: `${value}×` }))}
            />
            <SegmentedControl
              aria-label="Listen as with"
              value={filter}
              onChange={(value) => playback.setFilter(value as ListeningFilter)}
              data={FILTERS.map((value) => ({ value, label: LISTENING[value].words }))}
            />
            <Switch
              label="Loop"
              checked={loop}
              onChange={(event) => playback.setLoop(event.currentTarget.checked)}
            />
            {part && (
              <Button
                variant="subtle"
                size="sm"
                rightSection={<CrossIcon size={14} />}
                onClick={() => playback.mark(null)}
                aria-label="Remove the mark"
              >
                {part.startS.toFixed(1)}–{part.endS.toFixed(1)} s
              </Button>
            )}
          </Group>
          <p className="quiet small no-print listening-note">
            {LISTENING[filter].words}: {LISTENING[filter].band}. The filters are for your ears only;
            the model heard the recording as it is. Small loudspeakers give little below 200 Hz: use
            headphones.
          </p>
          <details className="quiet small no-print shortcuts">
            <summary>Keys for the pictures</summary>
            <p>
              <kbd>Space</kbd> plays and pauses, <kbd>←</kbd> <kbd>→</kbd> move, <kbd>Home</kbd>{" "}
              <kbd>End</kbd> go to the ends; <kbd>+</kbd> <kbd>−</kbd> zoom (so does the wheel with{" "}
              <kbd>Ctrl</kbd>), <kbd>0</kbd> shows the whole, <kbd>Page Up</kbd>{" "}
              <kbd>Page Down</kbd> scroll; <kbd>[</kbd> and <kbd>]</kbd> mark a part from or up to
              here.
            </p>
          </details>
        </>
      )}
    </>
  );
}
