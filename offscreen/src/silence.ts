// Hands-free: silence is not sent. What is heard goes through while somebody speaks and for a while after; then only the
// newest moment is kept, so that the next first syllable is whole. Every sample is counted, heard or not.

import { PREROLL_SAMPLES } from "./preroll";
import { SAMPLE_RATE } from "./samples";

export type SilenceSettings = Readonly<{
  /** Probability from which sound is speech, and below which it is over. */
  threshold: number;
  release: number;
  /** Silence that is still sent: the server needs some to know that an utterance is over. */
  hangoverSamples: number;
  prerollSamples: number;
}>;

export const SILENCE_SETTINGS: SilenceSettings = {
  threshold: 0.5,
  release: 0.35,
  hangoverSamples: 1.5 * SAMPLE_RATE,
  prerollSamples: PREROLL_SAMPLES,
};

export type Sink = Readonly<{ sound: (pcm: Int16Array) => void; silence: (samples: number) => void }>;

export type SilenceGate = {
  /** What follows on, and the probability that it holds speech. */
  take(window: Int16Array, probability: number): void;
  /** The capture ends, or pauses: what is kept goes out. */
  flush(): void;
};

/** Open at first: whoever has just begun is about to speak. */
export function createSilenceGate(sink: Sink, settings: SilenceSettings = SILENCE_SETTINGS): SilenceGate {
  let open = true;
  let quiet = 0; // samples since speech
  let kept: Int16Array[] = []; // while shut
  let keptSamples = 0;

  function flush(): void {
    for (const window of kept) sink.sound(window);
    kept = [];
    keptSamples = 0;
  }

  return {
    take(window, probability) {
      const speech = probability >= (open && quiet === 0 ? settings.release : settings.threshold);
      if (speech) {
        open = true;
        quiet = 0;
        flush();
      } else {
        quiet += window.length;
        if (quiet > settings.hangoverSamples) open = false;
      }
      if (open) {
        sink.sound(window);
        return;
      }
      kept.push(window);
      keptSamples += window.length;
      while (keptSamples > settings.prerollSamples) {
        const passed = kept.shift()?.length ?? 0;
        keptSamples -= passed;
        sink.silence(passed);
      }
    },
    flush,
  };
}
