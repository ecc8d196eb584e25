// The server's own links as whole addresses, so that they open from wherever a note is shown.

import type { Note } from "../wire/messages";

const whole = new WeakMap<Note, Note>();

/** The same object for the same note: a list that compares by identity does not draw it again. */
export function linked(note: Note, server: string): Note {
  if (!note.permalink?.startsWith("/")) return note;
  const permalink = server + note.permalink;
  const known = whole.get(note);
  if (known?.permalink === permalink) return known;
  const made = { ...note, permalink };
  whole.set(note, made);
  return made;
}
