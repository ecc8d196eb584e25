// Voice activity that is loaded when it is first wanted. Until it is there, or where it can't be had, everything counts
// as speech: hands-free sends more then, and misses nothing.

import type { Vad } from "@sidenote/offscreen";

export interface LazyVad extends Vad {
  /** Begins to load it, once. */
  readonly load: () => void;
}

/** `onJudged`: how many milliseconds the model took for a window. */
export function lazyVad(load: () => Promise<Vad>, onJudged: (ms: number) => void = () => {}): LazyVad {
  let loading: Promise<void> | null = null;
  let loaded: Vad | null = null;

  async function judged(window: Int16Array, stream: ReturnType<Vad["stream"]>): Promise<number> {
    const beganMs = performance.now();
    const probability = await stream.probability(window);
    onJudged(performance.now() - beganMs);
    return probability;
  }

  return {
    load() {
      loading ??= load().then(
        (vad) => {
          loaded = vad;
        },
        () => undefined, // hands-free goes on without it
      );
    },
    stream() {
      let stream = loaded?.stream();
      return {
        async probability(window) {
          stream ??= loaded?.stream();
          return stream ? judged(window, stream) : 1;
        },
        reset: () => stream?.reset(),
      };
    },
    async close() {
      await loading;
      await loaded?.close();
    },
  };
}
