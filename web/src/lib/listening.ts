// What a stethoscope lets through, for listening only: the model hears the recording as it is.

export type ListeningFilter = "bell" | "diaphragm" | "wide";

export interface Biquad {
  type: "highpass" | "lowpass";
  hz: number;
  // As a BiquadFilterNode takes it: in dB for these two types.
  qDb: number;
}

// The quality of the two sections of a Butterworth filter of the fourth order, in dB: 0.5412 and 1.3066.
const SECTIONS_DB = [20 * Math.log10(0.5412), 20 * Math.log10(1.3066)];

function band(lowHz: number, highHz: number): Biquad[] {
  return SECTIONS_DB.flatMap((qDb) => [
    { type: "highpass", hz: lowHz, qDb },
    { type: "lowpass", hz: highHz, qDb },
  ]);
}

// Bands of electronic stethoscopes. Acoustic ones differ: bells raise what is below about 112 Hz, where
// diaphragms weaken it (Abella et al., J. Acoust. Soc. Am. 91, 1992).
export const LISTENING: Record<ListeningFilter, { words: string; band: string; chain: Biquad[] }> =
  {
    bell: { words: "Bell", band: "20–200 Hz", chain: band(20, 200) },
    diaphragm: { words: "Diaphragm", band: "100–500 Hz", chain: band(100, 500) },
    wide: { words: "Wide", band: "as recorded", chain: [] },
  };
