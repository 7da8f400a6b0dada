// How many files go into one request.

export interface ChunkLimits {
  maxFiles: number;
  maxBytes: number;
}

// Small enough that results come steadily and a lost connection costs little; far below what the
// server takes by default (1000 files, 256 MiB).
export const CHUNK_LIMITS: ChunkLimits = { maxFiles: 16, maxBytes: 24 * 2 ** 20 };

// The files at the beginning that go together: at least one, however large.
export function nextChunk<T extends { size: number }>(
  files: readonly T[],
  limits: ChunkLimits,
): T[] {
  const chunk: T[] = [];
  let bytes = 0;
  for (const file of files) {
    bytes += file.size;
    if (chunk.length > 0 && (chunk.length >= limits.maxFiles || bytes > limits.maxBytes)) break;
    chunk.push(file);
  }
  return chunk;
}

// What share of each file has been sent when `sent` of `total` bytes of a form are. The form's own
// lines count as part of the files, which are sent in order.
export function sharesSent(sizes: readonly number[], sent: number, total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let left = total > 0 ? (sent / total) * all : 0;
  return sizes.map((size) => {
    const share = size > 0 ? Math.min(Math.max(left / size, 0), 1) : left >= 0 ? 1 : 0;
    left -= size;
    return share;
  });
}
