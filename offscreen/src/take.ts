// One capture on its way from the microphone to the uplink: hands-free its silence is left out, and every few seconds
// the uplink is told when a sample was recorded. Opens no microphone and decides nothing.

import type { Mode } from "./recording";
import { SAMPLE_RATE } from "./samples";
import { createSilenceGate } from "./silence";
import type { Uplink } from "./uplink";
import { type VadStream, WINDOW_SAMPLES } from "./vad";
import { createWindower } from "./windows";

const ANCHOR_SAMPLES = 5 * SAMPLE_RATE;

export type Take = {
  sound(frame: Int16Array): void;
  /** What is not recorded, though it is counted. */
  silence(samples: number): void;
  pause(): void;
  resume(): void;
  /** Time has jumped against the samples. */
  reanchor(): void;
  /** The last sample has come: calls `close` once all of them are with the uplink. */
  end(close: () => void): void;
  /** Nothing of it is wanted any more. */
  drop(): void;
};

export type TakeOptions = Readonly<{
  uplink: Uplink;
  mode: Mode;
  /** Hands-free, silence is left out where there is somebody to judge it. */
  vad: VadStream | null;
  /** When the capture's sample was recorded. */
  wallMsOf: (sample: number) => number;
  /** The uplink takes no more. */
  onLimit: () => void;
  onSpeech: (probability: number) => void;
  /** Acts one after another, as `createOrder` does. */
  inOrder: (act: () => void | Promise<void>) => void;
}>;

export function createTake(options: TakeOptions): Take {
  const { uplink, inOrder } = options;
  const vad = options.mode === "hands-free" ? options.vad : null;
  let recorded = 0;
  let anchored = 0;
  let dropped = false;

  function advance(samples: number): void {
    if (recorded - anchored >= ANCHOR_SAMPLES) anchor();
    recorded += samples;
  }
  function anchor(): void {
    anchored = recorded;
    uplink.anchor(options.wallMsOf(recorded));
  }
  const sink = {
    sound(pcm: Int16Array): void {
      if (dropped) return;
      advance(pcm.length);
      if (!uplink.record(pcm)) {
        dropped = true;
        options.onLimit();
      }
    },
    silence(samples: number): void {
      if (dropped) return;
      advance(samples);
      uplink.gap(samples);
    },
  };
  const gate = createSilenceGate(sink);
  const windower = createWindower(WINDOW_SAMPLES, (window) => {
    inOrder(async () => {
      // Where nobody can judge it, it may be speech.
      const probability = (await vad?.probability(window).catch(() => 1)) ?? 1;
      options.onSpeech(probability);
      gate.take(window, probability);
    });
  });

  /** The rest of a window, and what the gate has kept. */
  function flush(): void {
    const rest = windower.flush();
    inOrder(() => {
      gate.flush();
      if (rest) sink.sound(rest);
    });
  }

  return {
    sound(frame) {
      if (vad) windower.take(frame);
      else inOrder(() => sink.sound(frame));
    },
    silence: (samples) => inOrder(() => sink.silence(samples)),
    pause() {
      flush();
      inOrder(() => uplink.pause());
    },
    resume: () => inOrder(() => uplink.resume()),
    reanchor: () =>
      inOrder(() => {
        if (!dropped) anchor();
      }),
    end(close) {
      flush();
      inOrder(close);
    },
    drop() {
      dropped = true;
    },
  };
}

/** Runs acts one after another: at once while none waits. */
export function createOrder(): (act: () => void | Promise<void>) => void {
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return (act) => {
    if (waiting === 0) {
      const begun = act();
      if (!(begun instanceof Promise)) return;
      waiting++;
      last = begun.finally(() => waiting--);
      return;
    }
    waiting++;
    last = last.then(act, act).finally(() => waiting--);
  };
}
