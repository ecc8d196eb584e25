// The wall clock to which samples of the microphone and positions of the player are both tied (docs/clock.md).

/** A page's own clock stands still while the machine sleeps, or the system's is set: then it is read anew. */
const ASTRAY_MS = 50;

export interface Clocks {
  readonly timeOriginMs: number;
  readonly monotonicMs: () => number;
  readonly systemMs: () => number;
}

const PAGE: Clocks = {
  timeOriginMs: performance.timeOrigin,
  monotonicMs: () => performance.now(),
  systemMs: () => Date.now(),
};

/** Unix milliseconds, with the fine steps of `performance.now()`. */
export function wallClock(clocks: Clocks = PAGE): () => number {
  let originMs = clocks.timeOriginMs;
  return () => {
    const nowMs = clocks.monotonicMs();
    const astrayMs = clocks.systemMs() - (originMs + nowMs);
    if (Math.abs(astrayMs) > ASTRAY_MS) originMs += astrayMs;
    return originMs + nowMs;
  };
}
