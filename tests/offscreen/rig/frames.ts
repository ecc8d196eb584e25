// Samples in pieces, wherever tests run.

/** Parts of so many samples; the last may be shorter. */
export function inFrames(pcm: Int16Array, samples: number): Int16Array[] {
  return Array.from({ length: Math.ceil(pcm.length / samples) }, (_, i) =>
    pcm.subarray(i * samples, (i + 1) * samples),
  );
}
