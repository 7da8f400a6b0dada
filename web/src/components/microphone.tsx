import { Button, Group } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { NamedFile } from "../lib/files";
import { seconds } from "../lib/words";
import type { Recorder } from "../recorder/recorder";
import { explain, startRecording, whyNoMicrophone } from "../recorder/recorder";
import { MicrophoneIcon, StopIcon } from "./icons";

interface Props {
  onFiles: (files: NamedFile[]) => void;
}

const SHORTEST_S = 1; // what the server hears
const LONGEST_S = 300; // 29 MB at 48 kHz: below what the server takes
const REDRAW_MS = 80;

export function Microphone({ onFiles }: Props) {
  const [phase, setPhase] = useState<"idle" | "asking" | "recording">("idle");
  const [level, setLevel] = useState(0);
  const [length, setLength] = useState(0);
  const [trouble, setTrouble] = useState<string | null>(null);
  const recorder = useRef<Recorder | null>(null);
  const drawn = useRef(0);
  const why = whyNoMicrophone();

  useEffect(() => () => recorder.current?.cancel(), []);

  const finish = () => {
    const file = recorder.current?.stop();
    recorder.current = null;
    setPhase("idle");
    if (file) onFiles([{ file, name: file.name }]);
  };
  const finishRef = useRef(finish);
  finishRef.current = finish;

  const start = async () => {
    setTrouble(null);
    setPhase("asking");
    setLength(0);
    let peak = 0;
    try {
      recorder.current = await startRecording((now, length_s) => {
        peak = Math.max(peak, now);
        if (length_s >= LONGEST_S && recorder.current) {
          finishRef.current();
          return;
        }
        if (performance.now() - drawn.current < REDRAW_MS) return;
        drawn.current = performance.now();
        setLevel(peak);
        setLength(length_s);
        peak = 0;
      });
      setPhase("recording");
    } catch (failure) {
      setTrouble(explain(failure));
      setPhase("idle");
    }
  };

  const cancel = () => {
    recorder.current?.cancel();
    recorder.current = null;
    setPhase("idle");
  };

  if (why) {
    return (
      <div className="microphone">
        <p className="microphone-title">
          <MicrophoneIcon /> No microphone here
        </p>
        <p className="microphone-hint">{why}</p>
      </div>
    );
  }
  if (phase === "recording") {
    return (
      <div className="microphone">
        <p className="microphone-title" role="timer" aria-label="Recorded">
          <span className="microphone-live" aria-hidden="true" /> {seconds(length)}
        </p>
        <div className="level" role="img" aria-label="Loudness">
          <div
            className="level-now"
            style={{ width: `${Math.min(100, Math.sqrt(level) * 100)}%` }}
          />
        </div>
        <p className="microphone-hint">Hold still, for 15 to 20 seconds if you can.</p>
        <Group gap="sm" justify="center">
          <Button
            color="red"
            leftSection={<StopIcon />}
            disabled={length < SHORTEST_S}
            onClick={finish}
          >
            Stop and listen
          </Button>
          <Button variant="default" onClick={cancel}>
            Discard
          </Button>
        </Group>
      </div>
    );
  }
  return (
    <div className="microphone">
      <p className="microphone-title">
        <MicrophoneIcon /> Or record now
      </p>
      <p className="microphone-hint">
        With an electronic stethoscope or a microphone on the chest, in a quiet room.
      </p>
      {trouble && (
        <p className="trouble" role="alert">
          {trouble}
        </p>
      )}
      <Button variant="default" size="md" loading={phase === "asking"} onClick={() => void start()}>
        Start recording
      </Button>
    </div>
  );
}
