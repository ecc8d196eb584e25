// Notes as markers of an OpenTimelineIO timeline (.otio), which is one gap as long as the video.

import { categoryWord } from "../ui/note";
import { frameAt } from "./frames";
import { type ExportedReview, FRAME_RATE, oneLine } from "./review";

const COLORS: Readonly<Record<string, string>> = {
  pacing: "BLUE",
  audio: "PURPLE",
  color: "PINK",
  graphics: "ORANGE",
  content: "CYAN",
  typo: "RED",
  praise: "GREEN",
  question: "YELLOW",
};

export function otioOf({ title, url, durationS, notes }: ExportedReview, rate = FRAME_RATE): string {
  const time = (value: number) => ({ OTIO_SCHEMA: "RationalTime.1", rate, value });
  const range = (start: number, frames: number) => ({
    OTIO_SCHEMA: "TimeRange.1",
    start_time: time(start),
    duration: time(frames),
  });
  const markers = notes.map((note) => ({
    OTIO_SCHEMA: "Marker.2",
    name: oneLine(note.text),
    color: COLORS[note.category] ?? "WHITE",
    comment: categoryWord(note.category),
    marked_range: range(frameAt(note.timestamp_s, rate), 1),
    metadata: { sidenote: { id: note.id, category: note.category, status: note.status, permalink: note.permalink } },
  }));
  const gap = { OTIO_SCHEMA: "Gap.1", name: title, source_range: range(0, lastFrame(durationS, notes, rate)) };
  const track = { OTIO_SCHEMA: "Track.1", name: "Video", kind: "Video", children: [gap] };
  const stack = { OTIO_SCHEMA: "Stack.1", name: "Tracks", markers, children: [track] };
  const timeline = { OTIO_SCHEMA: "Timeline.1", name: title, metadata: { sidenote: { url } }, tracks: stack };
  return `${JSON.stringify(timeline, null, 2)}\n`;
}

/** Where the timeline ends: with the video, or after the last note where its length is not known. */
export function lastFrame(durationS: number | null, notes: ExportedReview["notes"], rate: number): number {
  const lastS = notes.reduce((latest, { timestamp_s }) => Math.max(latest, timestamp_s), 0);
  return Math.max(frameAt(durationS ?? 0, rate), frameAt(lastS, rate) + 1);
}
