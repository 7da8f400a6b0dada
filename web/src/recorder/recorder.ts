// Records the microphone as it is: a browser's echo cancellation, noise suppression and gain control are
// made for speech and would take the heart away.

import { encodeWav, joinChunks, recordingName } from "../lib/wav";
import workletUrl from "./worklet.ts?worker&url";

export interface Recorder {
  // The sound so far as a WAV file. Frees the microphone.
  stop(): File;
  // Frees the microphone.
  cancel(): void;
}

// null: there is one to ask for.
export function whyNoMicrophone(): string | null {
  if (!window.isSecureContext) {
    return (
      "Recording needs a secure page: browsers give the microphone only to https:// addresses and to " +
      "this very computer (127.0.0.1). Ask whoever runs the server for its https:// address."
    );
  }
  if (!navigator.mediaDevices || !("AudioWorkletNode" in window)) {
    return "This browser cannot record. A current Chrome, Edge, Firefox or Safari can.";
  }
  return null;
}

// What to tell somebody whose browser refused the microphone.
export function explain(failure: unknown): string {
  const name = failure instanceof DOMException ? failure.name : "";
  if (name === "NotAllowedError") {
    return "The browser was told not to give this page the microphone. Allow it in the address bar, then try again.";
  }
  if (name === "NotFoundError") return "No microphone is connected. Connect one, then try again.";
  if (name === "NotReadableError")
    return "Another program has the microphone. Close it there, then try again.";
  return "The microphone could not be opened. Try again, or record with another program and choose the file.";
}

// Called with the loudest sample of each moment (0 to 1) and the seconds so far.
export type OnLevel = (peak: number, seconds: number) => void;

export async function startRecording(onLevel: OnLevel): Promise<Recorder> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: {
      channelCount: 1,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    },
  });
  const context = new AudioContext();
  const free = () => {
    for (const track of stream.getTracks()) track.stop();
    void context.close();
  };
  try {
    await context.audioWorklet.addModule(workletUrl);
    const { sampleRate } = context;
    const chunks: Float32Array[] = [];
    let samples = 0;
    const tap = new AudioWorkletNode(context, "heartbeat-tap", { numberOfOutputs: 0 });
    tap.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      chunks.push(data);
      samples += data.length;
      onLevel(
        data.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0),
        samples / sampleRate,
      );
    };
    context.createMediaStreamSource(stream).connect(tap);
    await context.resume();
    return {
      stop() {
        free();
        const wav = encodeWav(joinChunks(chunks), sampleRate);
        return new File([wav], recordingName(new Date()), { type: "audio/wav" });
      },
      cancel: free,
    };
  } catch (failure) {
    free();
    throw failure;
  }
}
