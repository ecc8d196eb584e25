// The formats, as the menu offers them, and the name of the file. Pure.

import type { ExportItem } from "../ui/ExportMenu";
import { csvOf } from "./csv";
import { edlOf } from "./edl";
import { fcpxmlOf } from "./fcpxml";
import { jsonOf } from "./json";
import { markdownOf } from "./markdown";
import { otioOf } from "./otio";
import { type ExportedReview, FRAME_RATE } from "./review";
import { subripOf, webVttOf } from "./subtitles";

export interface Format extends ExportItem {
  readonly extension: string;
  readonly type: string;
  readonly of: (review: ExportedReview) => string;
}

const frames = (rate: number) => `editor, ${rate} frames/s`;

export const FORMATS: readonly Format[] = [
  { id: "md", label: "Markdown", hint: "mail, ticket", extension: "md", type: "text/markdown", of: markdownOf },
  { id: "csv", label: "CSV", hint: "table", extension: "csv", type: "text/csv", of: csvOf },
  { id: "json", label: "JSON", hint: "program", extension: "json", type: "application/json", of: jsonOf },
  { id: "srt", label: "SRT", hint: "subtitles", extension: "srt", type: "application/x-subrip", of: subripOf },
  { id: "vtt", label: "WebVTT", hint: "subtitles", extension: "vtt", type: "text/vtt", of: webVttOf },
  ...[24, 25, 30].map((rate) => ({
    id: `edl${rate}`,
    label: "EDL",
    hint: frames(rate),
    extension: "edl",
    type: "text/plain",
    of: (review: ExportedReview) => edlOf(review, rate),
  })),
  {
    id: "otio",
    label: "OpenTimelineIO",
    hint: frames(FRAME_RATE),
    extension: "otio",
    type: "application/json",
    of: (review) => otioOf(review),
  },
  {
    id: "fcpxml",
    label: "FCPXML",
    hint: frames(FRAME_RATE),
    extension: "fcpxml",
    type: "application/xml",
    of: (review) => fcpxmlOf(review),
  },
];

/** A name that every system takes. */
export function fileName(title: string, extension: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${words || "notes"}.${extension}`;
}
