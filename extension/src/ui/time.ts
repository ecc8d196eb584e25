// Times of a video as people write them: m:ss or h:mm:ss. Pure; knows no player and no field.

export type ParsedTime =
  | { readonly ok: true; readonly timeS: number }
  | { readonly ok: false; readonly message: string };

const PATTERN = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?$/;

/** The whole second that has begun: 65.9 is "1:05", 3661 is "1:01:01". Null and what is no time: "–:––". */
export function formatTime(timeS: number | null): string {
  if (timeS === null || !Number.isFinite(timeS)) return "–:––";
  const whole = Math.max(0, Math.floor(timeS));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(seconds).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** For a name that is read aloud: "1 minute 5 seconds". */
export function spokenTime(timeS: number): string {
  const whole = Math.max(0, Math.floor(timeS));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return said.length > 0 ? said.join(" ") : "0 seconds";
}

/** What a person wrote, in seconds, or a sentence that says what to write. */
export function parseTime(written: string, durationS: number | null = null): ParsedTime {
  const text = written.trim();
  if (text === "") return refused("Give a time, such as 1:05.");
  const found = PATTERN.exec(text);
  if (!found) return refused("Write the time as 1:05 or 1:02:03.");
  const [, hours, minutes, seconds = "", fraction] = found;
  if (seconds.length !== 2) return refused("Write the seconds with two digits: 1:05.");
  if (Number(seconds) > 59) return refused("Seconds go from 00 to 59.");
  if (hours !== undefined && minutes?.length !== 2) return refused("Write the minutes with two digits: 1:02:03.");
  if (hours !== undefined && Number(minutes) > 59) return refused("After hours, minutes go from 00 to 59.");
  const whole = Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds);
  const timeS = fraction === undefined ? whole : whole + Number(`0.${fraction}`);
  if (durationS !== null && Number.isFinite(durationS) && timeS > durationS) {
    return refused(`The video ends at ${formatTime(durationS)}.`);
  }
  return { ok: true, timeS };
}

function refused(message: string): ParsedTime {
  return { ok: false, message };
}
