// Which note of the list to bring into view: one that has just been made, or one that somebody asked for. And which one
// the player is at.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Shown } from "../ui/NoteList";
import { placeOf } from "../view/notes";
import type { VideoView } from "../view/view";
import type { Note } from "../wire/messages";

const AT_ONCE = 3; // more than these came from elsewhere: pages, or a snapshot

/** The newest note that came by itself, once for each. */
export function useFresh({ id, notes, state, unseen }: VideoView): Shown | null {
  const [fresh, setFresh] = useState<Shown | null>(null);
  const known = useRef<{ readonly video: string | null; readonly ids: ReadonlySet<string> } | null>(null);
  useEffect(() => {
    const earlier = known.current;
    const isWhole = state === "ready" && unseen === null;
    known.current = isWhole ? { video: id, ids: new Set(notes.map((note) => note.id)) } : null;
    if (!isWhole || earlier?.video !== id) return;
    const came = notes.filter((note) => !earlier.ids.has(note.id));
    const last = came.at(-1);
    if (last && came.length <= AT_ONCE) setFresh({ id: last.id, asked: false });
  }, [id, notes, state, unseen]);
  return fresh;
}

/** The last note at or before that second, of notes by time. */
export function currentNote(notes: readonly Note[], positionS: number | null): string | null {
  const [first] = notes;
  if (positionS === null || first === undefined) return null;
  const place = placeOf(notes, { ...first, id: "\uffff", timestamp_s: positionS + 0.5 });
  return notes[place - 1]?.id ?? null;
}
