// Times as pages and people write them. Pure.

const CLOCK = /^\s*(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,7}(?:[.,]\d{1,6})?)\s*$/;

/** "1:15" and "01:02:03.5" as seconds; null for anything else. */
export function secondsOf(text: string): number | null {
  const found = CLOCK.exec(text);
  if (found === null) return null;
  const [, hours = "0", minutes = "0", seconds = "0"] = found;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds.replace(",", "."));
}

/** 62.4 as "1:02", 3723 as "1:02:03". */
export function clockText(atS: number): string {
  const whole = Math.max(0, Math.floor(atS));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const seconds = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}
