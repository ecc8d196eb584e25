// Notes as a CMX3600 edit decision list whose events are one frame long and carry a marker, once as a locator (Avid,
// Premiere) and once as DaVinci Resolve writes it ("Timeline markers from EDL").

import { categoryWord } from "../ui/note";
import { frameAt, timecode } from "./frames";
import { type ExportedReview, FRAME_RATE, oneLine } from "./review";

/** Timelines begin at 01:00:00:00 in every editor that does not say otherwise. */
const STARTS_AT_S = 3600;

const COLORS: Readonly<Record<string, readonly [locator: string, resolve: string]>> = {
  audio: ["MAGENTA", "ResolveColorPurple"],
  color: ["MAGENTA", "ResolveColorPink"],
  typo: ["RED", "ResolveColorRed"],
  praise: ["GREEN", "ResolveColorGreen"],
  question: ["YELLOW", "ResolveColorYellow"],
};
const OTHERS = ["CYAN", "ResolveColorBlue"] as const;

export function edlOf({ title, notes }: ExportedReview, rate = FRAME_RATE): string {
  const events = notes.flatMap((note, index) => {
    const frame = frameAt(note.timestamp_s, rate) + STARTS_AT_S * rate;
    const [from, to] = [timecode(frame, rate), timecode(frame + 1, rate)];
    const [locator, resolve] = COLORS[note.category] ?? OTHERS;
    const text = plain(`${categoryWord(note.category)}: ${note.text}`);
    return [
      `${`${index + 1}`.padStart(3, "0")}  001      V     C        ${from} ${to} ${from} ${to}`,
      ` |C:${resolve} |M:${text} |D:1`,
      `* LOC: ${from} ${locator.padEnd(7)} ${text}`,
      "",
    ];
  });
  return [`TITLE: ${plain(title || "Notes")}`, "FCM: NON-DROP FRAME", "", ...events].join("\r\n");
}

/** One line without the bars that end a field. */
function plain(text: string): string {
  return oneLine(text).replaceAll("|", "/");
}
