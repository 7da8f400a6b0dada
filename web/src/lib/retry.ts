// When to ask again.

const LONGEST_S = 120;

// Seconds that a Retry-After header asks for (RFC 9110, 10.2.3): a number or a date. 1 where there is
// none that can be read; never more than two minutes.
export function retryAfterSeconds(header: string | null, now: Date): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text), LONGEST_S);
  const at = Date.parse(text);
  if (Number.isNaN(at)) return 1;
  return Math.min(Math.max((at - now.getTime()) / 1000, 0), LONGEST_S);
}

// Resolves after a while, or at once where `signal` is aborted.
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
