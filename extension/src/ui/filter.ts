// Which notes the list shows: by words, category and status. Pure.

import { categoryWord, type NoteView } from "./note";
import { formatTime } from "./time";

export interface NoteFilter {
  readonly text: string;
  readonly category: string;
  readonly status: StatusGroup;
}

export const STATUS_GROUPS = {
  all: { word: "Any status", of: null },
  draft: { word: "Drafts", of: ["ghost"] },
  kept: { word: "Kept", of: ["firmed"] },
  posting: { word: "Posting", of: ["pending_post", "posting"] },
  posted: { word: "Posted", of: ["posted"] },
  needs: { word: "Needs you", of: ["failed", "needs_attention"] },
  scratched: { word: "Scratched", of: ["cancelled"] },
} as const satisfies Record<string, { readonly word: string; readonly of: readonly string[] | null }>;

export type StatusGroup = keyof typeof STATUS_GROUPS;

export const EVERYTHING: NoteFilter = { text: "", category: "all", status: "all" };

export function isFiltered(filter: NoteFilter): boolean {
  return filter.text.trim() !== "" || filter.category !== "all" || filter.status !== "all";
}

/** The notes that match, in their order. Scratched notes are shown only when asked for; all words have to be there. */
export function filterNotes<T extends NoteView>(notes: readonly T[], filter: NoteFilter): readonly T[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const statuses: readonly string[] | null = STATUS_GROUPS[filter.status].of;
  return notes.filter((note) => {
    if (statuses ? !statuses.includes(note.status) : note.status === "cancelled") return false;
    if (filter.category !== "all" && note.category !== filter.category) return false;
    if (words.length === 0) return true;
    const said = saidIn(note);
    return words.every((word) => said.includes(word));
  });
}

const SAID = new WeakMap<NoteView, string>();

/** What is searched of a note. A note is never changed, only replaced, so this is put together once. */
function saidIn(note: NoteView): string {
  const known = SAID.get(note);
  if (known !== undefined) return known;
  const said = `${note.text} ${categoryWord(note.category)} ${formatTime(note.timestamp_s)}`.toLowerCase();
  SAID.set(note, said);
  return said;
}
