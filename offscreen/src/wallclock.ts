// The wall clock that anchors and reports of the player share: even from one reading to the next, and right again after
// sleep. Reads the clocks it is given; sets none.

/** Further off than this and the even clock has missed something: a sleep, or a clock that was set. */
export const TOLERATED_MS = 50;

export type Clocks = Readonly<{ timeOriginMs: number; nowMs: () => number; dateMs: () => number }>;

const PAGE: Clocks = {
  timeOriginMs: performance.timeOrigin,
  nowMs: () => performance.now(),
  dateMs: () => Date.now(),
};

/** Unix milliseconds: `timeOrigin + now`, corrected when the time of day says otherwise. */
export function createWallClock(clocks: Clocks = PAGE): () => number {
  let correctionMs = 0;
  return () => {
    const evenMs = clocks.timeOriginMs + clocks.nowMs();
    const offMs = clocks.dateMs() - evenMs;
    if (Math.abs(offMs - correctionMs) > TOLERATED_MS) correctionMs = offMs;
    return evenMs + correctionMs;
  };
}
