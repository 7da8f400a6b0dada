// The colours of a spectrogram: viridis of van der Walt and Smith (2015, CC0), whose steps look even, in
// grey and to colour-blind eyes too. Straight lines between nine of its 256 colours.

const STOPS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

// `level`: 0 to 255. Red, green and blue.
export function colourOf(level: number): [number, number, number] {
  const place = (Math.min(Math.max(level, 0), 255) / 255) * (STOPS.length - 1);
  const below = Math.min(Math.floor(place), STOPS.length - 2);
  const mix = (channel: 0 | 1 | 2) => {
    const low = STOPS[below]?.[channel] ?? 0;
    const high = STOPS[below + 1]?.[channel] ?? 0;
    return Math.round(low + (place - below) * (high - low));
  };
  return [mix(0), mix(1), mix(2)];
}

export const GRADIENT = `linear-gradient(to right, ${STOPS.map((rgb) => `rgb(${rgb.join(" ")})`).join(", ")})`;
