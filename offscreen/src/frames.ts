// Blocks of Float32 samples, of any size, become frames of PCM16. Keeps less than a frame; knows nothing of time.

import { FRAME_SAMPLES } from "./samples";

/** Takes what an audio graph delivers and hands on whole frames, each in a buffer of its own. */
export function createFramer(emit: (frame: Int16Array<ArrayBuffer>) => void): (block: Float32Array) => void {
  let frame = new Int16Array(FRAME_SAMPLES);
  let filled = 0;
  return (block) => {
    for (const value of block) {
      frame[filled++] = toPcm16(value);
      if (filled === FRAME_SAMPLES) {
        emit(frame);
        frame = new Int16Array(FRAME_SAMPLES);
        filled = 0;
      }
    }
  };
}

/** [-1, 1) to 16 bits: what is too loud is cut off, what is no number is silence. */
export function toPcm16(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
}

/** How loud it is: root mean square, 0 to 1. */
export function loudness(pcm: Int16Array): number {
  let sum = 0;
  for (const value of pcm) sum += value * value;
  return pcm.length ? Math.sqrt(sum / pcm.length) / 32_768 : 0;
}
