// How fast what is owed goes out: so much on its way at most, more where no ack comes, and nothing for a while after a
// setback. Sends nothing.

import { type Backoff, waitMs } from "./backoff";
import { SAMPLE_RATE } from "./samples";

const WINDOW_SAMPLES = 10 * SAMPLE_RATE; // on their way at most
const PATIENCE_MS = 5_000; // without an ack, before more is sent all the same

export type Pace = {
  /** Nothing goes out for a while. */
  readonly holding: boolean;
  /** Whether more may go out while so many samples are on their way. */
  allows(inFlight: number): boolean;
  /** The server wants samples again. */
  setBack(atOnce: boolean): void;
  /** All is well: samples are safe, or the way is open. */
  ease(): void;
  /** Wait for nothing any more. */
  forget(): void;
};

/** `goOn` is called when more may go out. */
export function createPace(backoff: Backoff, goOn: () => void): Pace {
  let allowed = WINDOW_SAMPLES;
  let setbacks = 0; // since all was well
  let holding: ReturnType<typeof setTimeout> | null = null;
  let patience: ReturnType<typeof setTimeout> | null = null;

  return {
    get holding() {
      return holding !== null;
    },
    allows(inFlight) {
      if (inFlight < allowed) return true;
      // The server may know these samples and be unable to store them: ask again by sending more.
      patience ??= setTimeout(() => {
        patience = null;
        allowed += WINDOW_SAMPLES;
        goOn();
      }, PATIENCE_MS);
      return false;
    },
    setBack(atOnce) {
      const later = (): void => {
        holding = null;
        goOn();
      };
      if (setbacks || !atOnce) holding ??= setTimeout(later, waitMs(backoff, setbacks));
      setbacks++;
    },
    ease() {
      setbacks = 0;
      allowed = WINDOW_SAMPLES;
      if (patience) clearTimeout(patience);
      patience = null;
    },
    forget() {
      for (const timer of [holding, patience]) if (timer) clearTimeout(timer);
      holding = patience = null;
    },
  };
}
