// A file as something to draw and to play.

import { decodeFlac } from "./decode_flac";
import { decodeWav } from "./decode_wav";
import { makePlayable, peaks } from "./sound";
import { encodeWav } from "./wav";

export interface Playable {
  blob: Blob; // for a media element
  peaks: number[];
  durationS: number;
}

const PIECES = 2400; // about one for each pixel of a wide screen
const DRAWN_HZ = 8000;

async function decodeByBrowser(file: File): Promise<Playable | null> {
  try {
    const context = new OfflineAudioContext(1, 1, DRAWN_HZ);
    const buffer = await context.decodeAudioData(await file.arrayBuffer());
    return {
      blob: file,
      peaks: peaks(buffer.getChannelData(0), PIECES),
      durationS: buffer.duration,
    };
  } catch {
    return null;
  }
}

// null where neither this browser nor we can decode it.
export async function openSound(file: File): Promise<Playable | null> {
  const native = await decodeByBrowser(file);
  if (native) return native;
  const bytes = await file.arrayBuffer();
  const sound = decodeWav(bytes) ?? decodeFlac(bytes);
  if (!sound || sound.samples.length === 0) return null;
  const raised = makePlayable(sound);
  return {
    blob: new Blob([encodeWav(raised.samples, raised.sampleRateHz)], { type: "audio/wav" }),
    peaks: peaks(sound.samples, PIECES),
    durationS: sound.samples.length / sound.sampleRateHz,
  };
}
