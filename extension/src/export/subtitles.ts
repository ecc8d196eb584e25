// Notes as subtitles, SubRip and WebVTT: to see them in any player, over the video. Each stands until the next one
// comes, at least one and at most five seconds.

import { categoryWord } from "../ui/note";
import { type ExportedReview, oneLine } from "./review";

const LEAST_S = 1;
const MOST_S = 5;

export function subripOf(review: ExportedReview): string {
  const cues = cuesOf(review).map(
    ({ fromS, toS, text }, index) => `${index + 1}\n${time(fromS, ",")} --> ${time(toS, ",")}\n${arrowless(text)}\n`,
  );
  return cues.join("\n");
}

export function webVttOf(review: ExportedReview): string {
  const cues = cuesOf(review).map(
    ({ id, fromS, toS, text }) => `${id}\n${time(fromS, ".")} --> ${time(toS, ".")}\n${escaped(text)}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

interface Cue {
  readonly id: string;
  readonly fromS: number;
  readonly toS: number;
  readonly text: string;
}

function cuesOf({ notes }: ExportedReview): readonly Cue[] {
  return notes.map((note, index) => {
    const fromS = note.timestamp_s;
    const nextS = notes[index + 1]?.timestamp_s ?? Number.POSITIVE_INFINITY;
    const toS = Math.min(fromS + MOST_S, Math.max(fromS + LEAST_S, nextS));
    return { id: note.id, fromS, toS, text: `${categoryWord(note.category)}: ${oneLine(note.text)}` };
  });
}

function time(atS: number, mark: "," | "."): string {
  const ms = Math.round(Math.max(0, atS) * 1000);
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1000) % 60,
  ];
  const two = (value: number) => `${value}`.padStart(2, "0");
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${mark}${`${ms % 1000}`.padStart(3, "0")}`;
}

function arrowless(text: string): string {
  return text.replaceAll("-->", "→");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
