// What was typed and not saved, for each review of this page: it waits while another video is shown. A note that is sent
// again unchanged, as after a lost answer, has the name that it had, so that the server stores it once; a box that is empty
// begins another.

import { type Draft, NO_DRAFT, type TypedNote } from "../ui/NoteBox";
import { randomId } from "./random";

export interface Drafts {
  readonly of: (sessionId: string) => Draft;
  readonly change: (sessionId: string, draft: Draft) => void;
  readonly ref: (sessionId: string, note: TypedNote) => string;
  /** It is stored, and no draft any more, if nothing else was typed meanwhile. */
  readonly saved: (sessionId: string, note: TypedNote) => void;
}

export function drafts(): Drafts {
  const kept = new Map<string, Draft>();
  const sent = new Map<string, { readonly ref: string; readonly words: string }>();
  return {
    of: (sessionId) => kept.get(sessionId) ?? NO_DRAFT,
    change: (sessionId, draft) => {
      kept.set(sessionId, draft);
      if (draft.text === "") sent.delete(sessionId);
    },
    ref: (sessionId, { text, category, timestamp_s }) => {
      const words = JSON.stringify([text, category, timestamp_s]);
      const known = sent.get(sessionId);
      if (known?.words === words) return known.ref;
      const ref = randomId();
      sent.set(sessionId, { ref, words });
      return ref;
    },
    saved: (sessionId, { text }) => {
      if (kept.get(sessionId)?.text.trim() === text) kept.delete(sessionId);
    },
  };
}
