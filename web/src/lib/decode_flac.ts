// FLAC (RFC 9639), for sample rates that browsers refuse. Checksums are not looked at: the server has
// heard the file already, this draws it.

import type { Sound } from "./sound";

class EndOfData extends Error {}

class BitReader {
  private at = 0; // in bits

  constructor(private readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length * 8;
  }

  // Up to 32 bits, unsigned.
  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; ) {
      const byte = this.bytes[this.at >> 3];
      if (byte === undefined) throw new EndOfData();
      const offset = this.at & 7;
      const take = Math.min(8 - offset, left);
      value = value * 2 ** take + ((byte >> (8 - offset - take)) & ((1 << take) - 1));
      this.at += take;
      left -= take;
    }
    return value;
  }

  signed(count: number): number {
    if (count === 0) return 0;
    const value = this.read(count);
    return value >= 2 ** (count - 1) ? value - 2 ** count : value;
  }

  // Zeros before the next one.
  unary(): number {
    let count = 0;
    while (this.read(1) === 0) count++;
    return count;
  }

  align(): void {
    this.at = (this.at + 7) & ~7;
  }

  skip(bytes: number): void {
    this.at += bytes * 8;
  }
}

interface StreamInfo {
  sampleRateHz: number;
  channels: number;
  bits: number;
}

function readStreamInfo(bits: BitReader): StreamInfo | null {
  let info: StreamInfo | null = null;
  for (let last = false; !last; ) {
    last = bits.read(1) === 1;
    const type = bits.read(7);
    const size = bits.read(24);
    if (type !== 0) {
      bits.skip(size);
      continue;
    }
    bits.skip(10);
    info = { sampleRateHz: bits.read(20), channels: bits.read(3) + 1, bits: bits.read(5) + 1 };
    bits.skip(size - 14);
    bits.read(4); // the rest of the byte: the count of samples, of which 4 bits stand here
  }
  return info;
}

function addResidual(bits: BitReader, samples: Float64Array, order: number): void {
  const parameterBits = bits.read(2) === 0 ? 4 : 5;
  const partitions = 1 << bits.read(4);
  const escape = 2 ** parameterBits - 1;
  const size = samples.length / partitions;
  for (let partition = 0, at = order; partition < partitions; partition++) {
    const end = (partition + 1) * size;
    const parameter = bits.read(parameterBits);
    const width = parameter === escape ? bits.read(5) : 0;
    for (; at < end; at++) {
      if (parameter === escape) {
        samples[at] = bits.signed(width);
        continue;
      }
      const folded = bits.unary() * 2 ** parameter + bits.read(parameter);
      samples[at] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    }
  }
}

const FIXED = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

function predict(samples: Float64Array, coefficients: readonly number[], shift: number): void {
  for (let i = coefficients.length; i < samples.length; i++) {
    let sum = 0;
    for (let k = 0; k < coefficients.length; k++) {
      sum += (coefficients[k] ?? 0) * (samples[i - 1 - k] ?? 0);
    }
    samples[i] = (samples[i] ?? 0) + Math.floor(sum / 2 ** shift);
  }
}

function readSubframe(bits: BitReader, count: number, depth: number): Float64Array {
  bits.read(1);
  const type = bits.read(6);
  const wasted = bits.read(1) === 1 ? bits.unary() + 1 : 0;
  const width = depth - wasted;
  const samples = new Float64Array(count);
  const warmUp = (order: number) => {
    for (let i = 0; i < order; i++) samples[i] = bits.signed(width);
  };
  if (type === 0) {
    samples.fill(bits.signed(width));
  } else if (type === 1) {
    warmUp(count);
  } else if (type >= 8 && type <= 12) {
    warmUp(type - 8);
    addResidual(bits, samples, type - 8);
    predict(samples, FIXED[type - 8] ?? [], 0);
  } else if (type >= 32) {
    const order = type - 31;
    warmUp(order);
    const precision = bits.read(4) + 1;
    const shift = bits.signed(5);
    const coefficients = Array.from({ length: order }, () => bits.signed(precision));
    addResidual(bits, samples, order);
    predict(samples, coefficients, shift);
  } else {
    throw new EndOfData();
  }
  return wasted === 0 ? samples : samples.map((sample) => sample * 2 ** wasted);
}

const BLOCK_SIZES = [0, 192, 576, 1152, 2304, 4608];
const DEPTHS = [0, 8, 12, 0, 16, 20, 24, 32];

// The channels of the next frame.
function readFrame(bits: BitReader, info: StreamInfo): Float64Array[] {
  if (bits.read(15) !== 0x7ffc) throw new EndOfData(); // what follows the sound, such as a tag
  bits.read(1);
  const sizeCode = bits.read(4);
  const rateCode = bits.read(4);
  const assignment = bits.read(4);
  const depth = DEPTHS[bits.read(3)] || info.bits;
  bits.read(1);
  let first = bits.read(8); // the frame's or sample's number, coded as UTF-8 is
  for (; first >= 0xc0; first = (first << 1) & 0xff) bits.read(8);
  let count = sizeCode >= 8 ? 1 << sizeCode : (BLOCK_SIZES[sizeCode] ?? 0);
  if (sizeCode === 6) count = bits.read(8) + 1;
  if (sizeCode === 7) count = bits.read(16) + 1;
  if (rateCode === 12) bits.read(8);
  if (rateCode === 13 || rateCode === 14) bits.read(16);
  bits.read(8); // CRC
  const channels = assignment < 8 ? assignment + 1 : 2;
  const frame: Float64Array[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const isSide =
      (assignment === 9 && channel === 0) || (assignment > 7 && assignment !== 9 && channel === 1);
    frame.push(readSubframe(bits, count, depth + (isSide ? 1 : 0)));
  }
  bits.align();
  bits.read(16); // CRC
  return toMidAndSide(frame, assignment);
}

// Only the mean is wanted, and mid is the mean rounded down: what is stored as left or right and side
// gives it too.
function toMidAndSide(frame: Float64Array[], assignment: number): Float64Array[] {
  const [a, b] = frame;
  if (assignment < 8 || !a || !b) return frame;
  if (assignment === 8) return [a.map((left, i) => left - (b[i] ?? 0) / 2)];
  if (assignment === 9) return [b.map((right, i) => right + (a[i] ?? 0) / 2)];
  return [a];
}

// null where it is no FLAC. A file that was cut off gives what comes before the cut.
export function decodeFlac(bytes: ArrayBuffer): Sound | null {
  const bits = new BitReader(new Uint8Array(bytes));
  if (bytes.byteLength < 42 || bits.read(32) !== 0x664c6143) return null; // "fLaC"
  const blocks: Float32Array[] = [];
  let info: StreamInfo | null = null;
  try {
    info = readStreamInfo(bits);
    while (info && !bits.atEnd) {
      const frame = readFrame(bits, info);
      const scale = 1 / (2 ** (info.bits - 1) * frame.length);
      const block = new Float32Array(frame[0]?.length ?? 0);
      for (const channel of frame) {
        for (let i = 0; i < block.length; i++)
          block[i] = (block[i] ?? 0) + (channel[i] ?? 0) * scale;
      }
      blocks.push(block);
    }
  } catch (failure) {
    if (!(failure instanceof EndOfData)) throw failure;
  }
  if (!info || blocks.length === 0) return null;
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    samples.set(block, at);
    at += block.length;
  }
  return { sampleRateHz: info.sampleRateHz, samples };
}
