// extension/src/view/notes.ts: each note once, in its highest revision, in whatever order and however often it comes.

import { describe, expect, test } from "vitest";
import { placeOf } from "../../../extension/src/view/notes";
import type { Note } from "../../../extension/src/wire/messages";
import {
  dice,
  event,
  note,
  noteEvent,
  play,
  SHOWING,
  sessionSnapshot,
  shuffled,
  VIDEO,
  videoSnapshot,
} from "./samples";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** Lives of notes: made, moved, edited, and some of them scratched or deleted at the end. */
function lives(roll: () => number, count: number): Note[][] {
  return Array.from({ length: count }, (_, n) => {
    const length = 1 + Math.floor(roll() * 4);
    const end = roll();
    return Array.from({ length }, (_, r) =>
      note({
        id: `n${n}`,
        revision: r + 1,
        text: `Note ${n}, revision ${r + 1}`,
        timestamp_s: Math.floor(roll() * 20),
        status: r > 0 && r === length - 1 && end < 0.3 ? "cancelled" : r > 0 ? "firmed" : "ghost",
      }),
    );
  });
}

const shown = (notes: readonly Note[]) => notes.map(({ id, revision }) => `${id}@${revision}`);

describe("whatever way the revisions come", () => {
  test.each(SEEDS)("the view is the same (seed %i)", (seed) => {
    const roll = dice(seed);
    const all = lives(roll, 12).flat();
    const live = play(all.map((each) => noteEvent(each)));
    const topics = [`video:${VIDEO}`, "session:s1", "user:ada", "session:other"];
    const messy = shuffled([...all, ...all, ...all.slice(0, 9)], roll).map((each) =>
      noteEvent(each, topics[Math.floor(roll() * topics.length)]),
    );
    const view = play(messy);
    expect(shown(view.video.notes)).toEqual(shown(live.video.notes));
    expect(view.video.gone).toEqual(live.video.gone);
  });

  test.each(SEEDS)("a snapshot and the rest is what was seen live (seed %i)", (seed) => {
    const roll = dice(seed + 1000);
    const all = shuffled(lives(roll, 12), roll).flat();
    const cut = Math.floor(roll() * all.length);
    const before = play(all.slice(0, cut).map((each) => noteEvent(each)));
    const rest = all.slice(cut).map((each) => noteEvent(each));
    const live = play(rest, before);
    const stored = before.video.notes;
    for (const size of [3, 20]) {
      const pages = Array.from({ length: Math.ceil(stored.length / size) }, (_, n) =>
        stored.slice(n * size, (n + 1) * size),
      );
      const [first = [], ...more] = pages;
      const paged = more.map((notes, n) => ({
        kind: "notes_paged" as const,
        videoId: VIDEO,
        notes,
        last: n === more.length - 1,
      }));
      const read = [videoSnapshot(first, more.length ? "more" : null), ...paged];
      expect(shown(play([...read, ...rest]).video.notes)).toEqual(shown(live.video.notes));
      const late = play([...read, ...rest], play([noteEvent(note({ id: "deleted meanwhile" }))]));
      expect(shown(late.video.notes)).toEqual(shown(live.video.notes));
    }
  });
});

describe("what is gone", () => {
  test("does not come back with a late message", () => {
    const scratched = note({ revision: 2, status: "cancelled" });
    const view = play([
      noteEvent(note()),
      noteEvent(scratched),
      noteEvent(note()),
      sessionSnapshot({ notes: [note()] }),
    ]);
    expect(view.video.notes).toEqual([]);
  });

  test("is gone whatever its row said, when the row is deleted", () => {
    const deleted = { note: note({ revision: 3, status: "firmed", text: "" }), utterance: 1, deleted: true, seq: 3 };
    const view = play([
      noteEvent(note()),
      event("note_cancelled", deleted, `video:${VIDEO}`),
      noteEvent(note({ revision: 2 })),
    ]);
    expect(view.video.notes).toEqual([]);
  });

  test("without a word about it goes with the last page, not before", () => {
    const [kept, lost, fresh] = [note({ id: "a" }), note({ id: "b" }), note({ id: "c", timestamp_s: 99 })];
    const reading = play([videoSnapshot([kept, lost]), videoSnapshot([kept], "a"), noteEvent(fresh)]);
    expect(shown(reading.video.notes)).toEqual(["a@1", "b@1", "c@1"]);
    const read = play([{ kind: "notes_paged", videoId: VIDEO, notes: [], last: true }], reading);
    expect(shown(read.video.notes)).toEqual(["a@1", "c@1"]);
  });
});

test("notes stand by time, then by id, after a move too", () => {
  const of = (id: string, timestamp_s: number, revision = 1) => noteEvent(note({ id, timestamp_s, revision }));
  const view = play([of("c", 5), of("a", 5), of("b", 1), of("d", 9), of("b", 7, 2)]);
  expect(shown(view.video.notes)).toEqual(["a@1", "c@1", "b@2", "d@1"]);
  expect(placeOf([], note())).toBe(0);
});

test("a note that did not change leaves the view as it is", () => {
  const view = play([noteEvent(note())]);
  expect(play([noteEvent(note())], view).video.notes).toBe(view.video.notes);
});

test("another video's notes are never shown", () => {
  const foreign = note({ id: "x", video_id: "v2" });
  const everywhere = [
    noteEvent(foreign, "session:s1"),
    noteEvent(foreign, "video:v2"),
    noteEvent(foreign, "user:ada"),
    sessionSnapshot({ notes: [foreign] }),
    { kind: "note_answered" as const, note: foreign },
    { kind: "notes_paged" as const, videoId: "v2", notes: [foreign], last: true },
    { kind: "snapshot" as const, topic: "video:v2", snapshot: { notes: [foreign], next: null } },
  ];
  expect(play([noteEvent(note()), ...everywhere]).video.notes.map(({ id }) => id)).toEqual(["n1"]);
  const changed = play([
    noteEvent(note()),
    { kind: "video_changed", video: { id: "v2", title: "", supported: true } },
    noteEvent(note({ revision: 2 }), "session:s1"),
  ]);
  expect(changed.video).toMatchObject({ id: "v2", notes: [], gone: {}, state: "loading" });
});

test("2,000 notes: one more is taken in well under a frame", () => {
  const many = Array.from({ length: 2000 }, (_, n) => note({ id: `n${n}`, timestamp_s: (n * 7919) % 3600 }));
  const full = play([videoSnapshot(many)]);
  expect(full.video.notes).toHaveLength(2000);
  const times = Array.from({ length: 20 }, (_, n) => {
    const began = performance.now();
    play([noteEvent(note({ id: `n${n}`, revision: 2, timestamp_s: n }))], { ...SHOWING, video: full.video });
    return performance.now() - began;
  }).sort((a, b) => a - b);
  expect(times[10]).toBeLessThan(4);
});
