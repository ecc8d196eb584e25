// What is exported: the notes of one video as they are now, by time. Data alone; each format is a function of it.

import type { Note } from "../wire/messages";

export interface ExportedReview {
  readonly title: string;
  readonly platform: string;
  /** The video's own address. */
  readonly url: string;
  /** Null where it is not known. */
  readonly durationS: number | null;
  /** By time; their permalinks are whole addresses, or null. */
  readonly notes: readonly Note[];
}

/** Frames a second of an editor's timeline, where the format counts frames. */
export const FRAME_RATE = 25;

/** As one line: what has lines of its own in a format must not make more of them. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
