// Decoded sound, for drawing and playing what a browser itself may refuse: recordings at 2000 Hz, usual
// for heart sounds, are below what Chromium decodes.

export interface Sound {
  sampleRateHz: number;
  samples: Float32Array; // one channel: the mean of all
}

const PLAYABLE_HZ = 8000;
const TAPS = 16; // on each side of a sample, in samples of the input

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

// The same sound at a whole multiple of its rate that every browser plays; itself where it is one. By
// windowed sinc (Hann), so that nothing is heard above what was recorded.
export function makePlayable(sound: Sound): Sound {
  const factor = Math.ceil(PLAYABLE_HZ / sound.sampleRateHz);
  if (factor <= 1) return sound;
  const { samples } = sound;
  const raised = new Float32Array(samples.length * factor);
  for (let phase = 0; phase < factor; phase++) {
    const shift = phase / factor;
    const weights: number[] = [];
    for (let tap = -TAPS + 1; tap <= TAPS; tap++) {
      const distance = tap - shift;
      weights.push(sinc(distance) * (0.5 + 0.5 * Math.cos((Math.PI * distance) / TAPS)));
    }
    for (let i = 0; i < samples.length; i++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) {
        sum += (weights[k] ?? 0) * (samples[i + k - TAPS + 1] ?? 0);
      }
      raised[i * factor + phase] = sum;
    }
  }
  return { sampleRateHz: sound.sampleRateHz * factor, samples: raised };
}
