// Notes, events and views for the tests of the view, and a dice that rolls the same each time.

import type { Action } from "../../../extension/src/view/action";
import { reduce } from "../../../extension/src/view/reduce";
import { INITIAL_VIEW, type View } from "../../../extension/src/view/view";
import type { Note } from "../../../extension/src/wire/messages";

export const VIDEO = "v1";
export const SESSION = "s1";

export function note(given: Partial<Note> = {}): Note {
  return {
    id: "n1",
    session_id: SESSION,
    video_id: VIDEO,
    utterance: 1,
    part: 0,
    text: "The music is too loud.",
    transcript: "the music is too loud",
    category: "audio",
    confidence: 0.9,
    coverage: 1,
    timestamp_s: 10,
    status: "ghost",
    reason: null,
    revision: 1,
    permalink: null,
    ...given,
  };
}

type EventAction = Extract<Action, { kind: "event" }>;

/** An event as it comes; on the session's topic unless another is named. */
export function event(name: string, payload: object, topic = `session:${SESSION}`): EventAction {
  return { kind: "event", topic, event: name, payload } as unknown as EventAction;
}

export function noteEvent(changed: Note, topic = `video:${VIDEO}`): EventAction {
  const name =
    changed.status === "cancelled" ? "note_cancelled" : changed.revision === 1 ? "note_created" : "note_updated";
  return event(name, { note: changed, utterance: changed.utterance, seq: changed.revision }, topic);
}

export const sessionSnapshot = (given: object = {}): Action => ({
  kind: "snapshot",
  topic: `session:${SESSION}`,
  snapshot: {
    microphone: "idle",
    mode: "ptt",
    state: "idle",
    utterance: null,
    run: null,
    runs: [],
    last_transition: 0,
    video_id: VIDEO,
    notes: [],
    ...given,
  },
});

export const videoSnapshot = (notes: readonly Note[], next: string | null = null): Action => ({
  kind: "snapshot",
  topic: `video:${VIDEO}`,
  snapshot: { notes, next },
});

/** Nothing that was given may be changed. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

export function play(actions: readonly Action[], from: View = SHOWING): View {
  return actions.reduce((view, action) => frozen(reduce(view, frozen(action))), from);
}

/** A page that follows a session and a video, with nothing heard yet. */
export const SHOWING: View = [
  { kind: "session_changed", sessionId: SESSION },
  { kind: "video_changed", video: { id: VIDEO, title: "Practice", supported: true } },
].reduce((view, action) => reduce(view, action as Action), INITIAL_VIEW);

/** Numbers in [0, 1) that look random and are the same for a seed (mulberry32). */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], roll: () => number): T[] {
  const left = [...items];
  return items.map(() => left.splice(Math.floor(roll() * left.length), 1)[0] as T);
}
