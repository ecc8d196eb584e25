// What the list shows: the notes that pass the filter, and how far their posts are. Asked again of the same view it gives
// the same object, so that a list which compares by identity does not draw again.

import { filterNotes, isFiltered, type NoteFilter } from "../ui/filter";
import type { Posting as ShownPosting } from "../ui/note";
import type { Note } from "../wire/messages";
import type { View } from "./view";

interface Answer {
  readonly filter: NoteFilter;
  readonly notes: readonly Note[];
}

const answers = new WeakMap<readonly Note[], Answer>();

export function visibleNotes(view: View): readonly Note[] {
  const { notes } = view.video;
  if (!isFiltered(view.filter)) return notes;
  const known = answers.get(notes);
  if (known?.filter === view.filter) return known.notes;
  const found = filterNotes(notes, view.filter);
  answers.set(notes, { filter: view.filter, notes: found });
  return found;
}

const postings = new WeakMap<View["video"]["posting"], ReadonlyMap<string, ShownPosting>>();

/** By note id. An attempt that is over has no step, and a comment that is there needs no message. */
export function visiblePostings({ video }: View): ReadonlyMap<string, ShownPosting> {
  const known = postings.get(video.posting);
  if (known) return known;
  const shown = new Map(
    Object.entries(video.posting).map(([noteId, { step, outcome, message }]) => [
      noteId,
      { step: outcome === null ? (step ?? undefined) : undefined, message: message ?? undefined },
    ]),
  );
  postings.set(video.posting, shown);
  return shown;
}
