// extension/src/view/visible.ts: the filtered list, found once for a view.

import { expect, test } from "vitest";
import { visibleNotes, visiblePostings } from "../../../extension/src/view/visible";
import { event, note, noteEvent, play, videoSnapshot } from "./samples";

const filter = (given: object) => ({ kind: "filter_changed", filter: given }) as const;

test("the filter stays over a change of the notes and of the video, and gives one array until something changes", () => {
  const music = note({ id: "a", text: "Music too loud", category: "audio" });
  const view = play([
    videoSnapshot([music, note({ id: "b", text: "Too dark", category: "color" })]),
    filter({ text: "too music" }),
  ]);
  expect(visibleNotes(view).map(({ id }) => id)).toEqual(["a"]);
  expect(visibleNotes({ ...view, heard: null })).toBe(visibleNotes(view));
  const next = play([noteEvent(note({ id: "c", text: "More music, too" })), filter({ category: "audio" })], view);
  expect(visibleNotes(next).map(({ id }) => id)).toEqual(["a", "c"]);
  const other = play([{ kind: "video_changed", video: null }], next);
  expect(other.filter).toMatchObject({ text: "too music", category: "audio" });
  expect(visibleNotes(other)).toEqual([]);
});

test("without a filter it is the list itself", () => {
  const view = play([videoSnapshot([note()])]);
  expect(visibleNotes(view)).toBe(view.video.notes);
});

test("2,000 notes are filtered well under 4 ms, and at once the second time", () => {
  const many = Array.from({ length: 2000 }, (_, n) =>
    note({ id: `n${n}`, text: `Note ${n} about the music`, timestamp_s: n }),
  );
  const full = play([videoSnapshot(many)]);
  const times = Array.from({ length: 21 }, (_, n) => {
    const view = play([filter({ text: `music ${n}` })], full);
    const began = performance.now();
    visibleNotes(view);
    return performance.now() - began;
  }).sort((a, b) => a - b);
  expect(times[10]).toBeLessThan(4);
});

test("posts are told by their note: the step while one is under way, the message when it did not go through", () => {
  const about = { tool: "comment", utterance: 1, note_id: "n1", job_id: "j1" };
  const working = play([event("tool_progress", { ...about, step: "writing" })]);
  expect(visiblePostings(working).get("n1")).toEqual({ step: "writing", message: undefined });
  expect(visiblePostings({ ...working, heard: null })).toBe(visiblePostings(working));
  const failed = play([event("tool_result", { ...about, ok: false, reason: "failed", message: "Gone." })], working);
  expect(visiblePostings(failed).get("n1")).toEqual({ step: undefined, message: "Gone." });
});
