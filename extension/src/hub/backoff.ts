// How long to wait before the next try: full jitter, so that many clients do not come back in one moment.

const BASE_MS = 200;
const MOST_DOUBLINGS = 20;

/** Between nothing and a limit that doubles up to `capMs`; `tries` counts from 1, `random` is in [0, 1). */
export function waitMs(tries: number, capMs: number, random: number): number {
  return random * Math.min(capMs, BASE_MS * 2 ** Math.min(tries - 1, MOST_DOUBLINGS));
}
