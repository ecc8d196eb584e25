// Frames of one size become windows of another, in order and whole. Keeps less than a window.

export type Windower = {
  take(frame: Int16Array): void;
  /** What is kept, as a window that is too short; null where nothing is. */
  flush(): Int16Array | null;
};

export function createWindower(samples: number, emit: (window: Int16Array) => void): Windower {
  let window = new Int16Array(samples);
  let filled = 0;
  return {
    take(frame) {
      for (let at = 0; at < frame.length; ) {
        const part = frame.subarray(at, at + samples - filled);
        window.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === samples) {
          emit(window);
          window = new Int16Array(samples);
          filled = 0;
        }
      }
    },
    flush() {
      const rest = filled ? window.slice(0, filled) : null;
      filled = 0;
      return rest;
    },
  };
}
