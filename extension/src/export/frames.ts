// Seconds as frames and as timecode of an editor's timeline. Pure; counts no drop frames.

/** The frame that is shown at that second. */
export function frameAt(atS: number, rate: number): number {
  return Math.floor(Math.max(0, atS) * rate + 1e-6);
}

/** hh:mm:ss:ff */
export function timecode(frame: number, rate: number): string {
  const seconds = Math.floor(frame / rate);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, frame % rate];
  return parts.map((part) => `${part}`.padStart(2, "0")).join(":");
}
