// The newest moment of sound, kept while nobody records: a first syllable that comes before the key is whole. Never sent
// by itself.

/** At most this many samples, 450 ms. */
export const PREROLL_SAMPLES = 7_200;

export type Preroll = {
  push(frame: Int16Array): void;
  /** What is kept, oldest first; nothing is kept afterwards. */
  take(): Int16Array[];
};

export function createPreroll(most: number = PREROLL_SAMPLES): Preroll {
  let frames: Int16Array[] = [];
  let samples = 0;
  return {
    push(frame) {
      frames.push(frame);
      samples += frame.length;
      while (samples > most) samples -= frames.shift()?.length ?? samples;
    },
    take() {
      const taken = frames;
      frames = [];
      samples = 0;
      return taken;
    },
  };
}
