// A file as something to draw and to play.

import { decodeFlac } from "./decode_flac";
import { decodeWav } from "./decode_wav";
import type { Sound } from "./sound";
import { makePlayable } from "./sound";
import { encodeWav } from "./wav";

export interface Playable {
  blob: Blob; // for a media element
  sound: Sound; // at the rate of the recording where we decode, at 8000 Hz where the browser does
}

const DRAWN_HZ = 8000;

async function decodeByBrowser(file: Blob): Promise<Playable | null> {
  try {
    const context = new OfflineAudioContext(1, 1, DRAWN_HZ);
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    return { blob: file, sound: { sampleRateHz: DRAWN_HZ, samples: buffer.getChannelData(0) } };
  } catch {
    return null;
  }
}

// null where neither this browser nor we can decode it.
export async function openSound(file: Blob): Promise<Playable | null> {
  const native = await decodeByBrowser(file);
  if (native) return native;
  const bytes = await file.arrayBuffer();
  const sound = decodeWav(bytes) ?? decodeFlac(bytes);
  if (!sound || sound.samples.length === 0) return null;
  const raised = makePlayable(sound);
  const blob = new Blob([encodeWav(raised.samples, raised.sampleRateHz)], { type: "audio/wav" });
  return { blob, sound };
}
