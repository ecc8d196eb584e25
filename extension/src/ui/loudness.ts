// A level of samples (RMS or peak, 0 to 1) as the share of a meter that it fills. Pure.

const FLOOR_DB = -54;

/** 0 at -54 dB and below, 1 at full scale; even steps to the ear. */
export function loudness(level: number): number {
  if (!(level > 0)) return 0;
  return Math.min(1, Math.max(0, 1 - (20 * Math.log10(level)) / FLOOR_DB));
}

export function loudnessWord(share: number): "Nothing" | "Quiet" | "Good" | "Too loud" {
  if (share < 0.08) return "Nothing";
  if (share < 0.3) return "Quiet";
  return share < 0.96 ? "Good" : "Too loud";
}
