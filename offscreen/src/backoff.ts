// How long to wait before trying again: full jitter, so that many clients don't come back in the same moment. A wait is
// uniform between zero and a bound that doubles with each try, up to a cap. Draws from the random it is given.

const MOST_DOUBLINGS = 30; // what comes after is at the cap anyway

export type Backoff = Readonly<{ baseMs: number; capMs: number; random: () => number }>;

export function createBackoff(given: Partial<Backoff> = {}): Backoff {
  return { baseMs: 100, capMs: 5_000, random: Math.random, ...given };
}

/** The longest wait before try number `attempt`, counted from 0. */
export function boundMs(backoff: Backoff, attempt: number): number {
  return Math.min(backoff.capMs, backoff.baseMs * 2 ** Math.min(attempt, MOST_DOUBLINGS));
}

/** The wait before try number `attempt`, counted from 0. */
export function waitMs(backoff: Backoff, attempt: number): number {
  return backoff.random() * boundMs(backoff, attempt);
}
