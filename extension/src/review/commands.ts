// What a person does to notes, said to the server: each answer goes into the view, and so does each refusal. What the
// server does not know yet is said when it does.

import type { Followed, Pushed } from "../hub/followed";
import { sha256 } from "../sites/sha256";
import type { TypedNote } from "../ui/NoteBox";
import type { NoteChange, NoteView, Then } from "../ui/note";
import { CATEGORIES, type Note, type NoteAnswer, type Refusal } from "../wire/messages";
import type { Review } from "./review";

const NAMED_WITHIN_MS = 5_000;

export interface NoteCommands {
  /** Whether it was taken. */
  edit(note: NoteView, change: NoteChange, then: Then): Promise<boolean>;
  confirm(note: NoteView): Promise<void>;
  scratch(note: NoteView): Promise<void>;
  /** Consent to exactly this text. */
  post(note: NoteView): Promise<void>;
  /** The person has looked: the comment of an unsure post is there, or is not. */
  settle(note: NoteView, found: boolean): Promise<void>;
  /** A typed note: null when it is stored, else why not. `ref`: the same for each try of one note. */
  write(note: TypedNote, then: Then, ref: string): Promise<string | null>;
  /** What was just said is not wanted; the session forgets an error of the microphone. */
  cancel(): Promise<void>;
  reset(): Promise<void>;
}

export function commandsOf(review: Review): NoteCommands {
  const { session, dispatch } = review;

  function refused(noteId: string | null, refusal: Refusal): void {
    dispatch({ kind: "command_refused", noteId, refusal });
  }

  function taken(noteId: string | null, answer: Pushed<NoteAnswer>): Note | null {
    if (answer.ok) dispatch({ kind: "note_answered", note: answer.response.note });
    else refused(noteId, answer.refusal);
    return answer.ok ? answer.response.note : null;
  }

  const post = async (note: Pick<NoteView, "id" | "text">): Promise<void> => {
    const payload = { note_id: note.id, text_sha256: sha256(note.text) };
    taken(note.id, await session.push("post_note", payload));
  };

  return {
    post,
    async edit(note, change, then) {
      const edited = taken(note.id, await session.push("edit_note", { note_id: note.id, ...change }));
      if (edited && then === "post") await post(edited);
      return edited !== null;
    },
    async confirm({ id }) {
      taken(id, await session.push("confirm_note", { note_id: id }));
    },
    async scratch({ id }) {
      taken(id, await session.push("scratch_note", { note_id: id }));
    },
    async settle({ id }, found) {
      taken(id, await session.push("settle_post", { note_id: id, found }));
    },
    async write({ text, category, timestamp_s }, then, ref) {
      const topic = await topicOf(review);
      if (topic === null)
        return "The server does not know this video yet. Your text stays here: try again in a moment.";
      const known = CATEGORIES.find((each) => each === category) ?? "other";
      const answer = await topic.push("write_note", { text, category: known, timestamp_s, client_ref: ref });
      if (!answer.ok) return answer.refusal.message;
      dispatch({ kind: "note_answered", note: answer.response.note });
      if (then === "post") await post(answer.response.note);
      return null;
    },
    async cancel() {
      const answer = await session.push("cancel", {});
      if (!answer.ok) refused(null, answer.refusal);
    },
    async reset() {
      const answer = await session.push("reset", {});
      if (!answer.ok) refused(null, answer.refusal);
    },
  };
}

/** The video's topic, also where the server is just being told of it; null where that takes too long. */
function topicOf(review: Review): Promise<Followed<"video"> | null> {
  const there = review.video();
  if (there !== null) return Promise.resolve(there);
  return new Promise((resolve) => {
    const settle = (topic: Followed<"video"> | null) => {
      clearTimeout(timer);
      end();
      resolve(topic);
    };
    const timer = setTimeout(() => settle(null), NAMED_WITHIN_MS);
    const end = review.view.subscribe(() => {
      queueMicrotask(() => review.video() !== null && settle(review.video())); // the view is told first
    });
  });
}
