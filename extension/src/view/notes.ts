// The notes of the video that is shown: each once, in its highest revision, by time. Takes them from whatever topic they
// come on and in whatever order; of another video it takes none.

import type { Note } from "../wire/messages";
import type { VideoView } from "./view";

const FEW = 8; // up to so many are put into their places one by one

/** Whether `a` stands before `b`; notes of one second are told apart by their ids, so that every page shows one order. */
function before(a: Note, b: Note): boolean {
  return a.timestamp_s !== b.timestamp_s ? a.timestamp_s < b.timestamp_s : a.id < b.id;
}

/** Where the note belongs among those sorted by time. */
export function placeOf(notes: readonly Note[], note: Note): number {
  let [low, high] = [0, notes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = notes[middle];
    if (there !== undefined && before(there, note)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function takeNotes(video: VideoView, arrived: readonly Note[]): VideoView {
  const own = arrived.filter((note) => note.video_id === video.id);
  if (own.length === 0) return video;
  const taken = own.length <= FEW ? own.reduce(takeOne, video) : takeMany(video, own);
  if (taken.unseen === null) return taken;
  const unseen = new Set(taken.unseen);
  for (const note of own) unseen.delete(note.id);
  return { ...taken, unseen };
}

/** A note whose row is gone. */
export function forgetNote(video: VideoView, note: Note): VideoView {
  return takeNotes(video, [{ ...note, status: "cancelled" }]);
}

/** The first page of a video's notes, which says anew what there is. */
export function takeFirstPage(video: VideoView, page: readonly Note[], last: boolean): VideoView {
  return takePage({ ...video, unseen: new Set(video.notes.map((note) => note.id)), state: "ready" }, page, last);
}

/** A further page. After the last one, what no page and no message showed again is gone. */
export function takePage(video: VideoView, page: readonly Note[], last: boolean): VideoView {
  const taken = takeNotes(video, page);
  if (!last || taken.unseen === null) return taken;
  const { unseen } = taken;
  return { ...taken, unseen: null, notes: unseen.size ? taken.notes.filter(({ id }) => !unseen.has(id)) : taken.notes };
}

function takeOne(video: VideoView, note: Note): VideoView {
  const index = video.notes.findIndex(({ id }) => id === note.id);
  const held = video.notes[index];
  if (isOld(note, held, video.gone)) return video;
  const others = held ? [...video.notes.slice(0, index), ...video.notes.slice(index + 1)] : [...video.notes];
  if (note.status === "cancelled")
    return { ...video, notes: others, gone: { ...video.gone, [note.id]: note.revision } };
  others.splice(placeOf(others, note), 0, note);
  return { ...video, notes: others };
}

function takeMany(video: VideoView, arrived: readonly Note[]): VideoView {
  const byId = new Map(video.notes.map((note) => [note.id, note]));
  const gone: Record<string, number> = { ...video.gone };
  for (const note of arrived) {
    if (isOld(note, byId.get(note.id), gone)) continue;
    if (note.status === "cancelled") {
      byId.delete(note.id);
      gone[note.id] = note.revision;
    } else byId.set(note.id, note);
  }
  return { ...video, gone, notes: [...byId.values()].sort((a, b) => (before(a, b) ? -1 : 1)) };
}

/** What is gone stays gone: no status follows on it. */
function isOld(note: Note, held: Note | undefined, gone: Readonly<Record<string, number>>): boolean {
  const revision = gone[note.id];
  if (revision !== undefined) return note.status !== "cancelled" || note.revision <= revision;
  return held !== undefined && note.revision <= held.revision;
}
