// extension/src/content/overlays/notes.ts: which notes are shown over the video, how faint, and where on the bar.

import { expect, it } from "vitest";
import {
  ghostsOf,
  ghostsOver,
  markersOf,
  opacityOf,
  type ShownNote,
} from "../../../../extension/src/content/overlays/notes";

function note(id: string, status: string, timestamp_s = 10): ShownNote {
  return { id, status, timestamp_s, revision: 1, text: "too loud", confidence: 0.9 };
}

it("shows the newest drafts for which there is room and counts the rest", () => {
  const notes = [note("a", "ghost"), note("b", "firmed"), ...["c", "d", "e"].map((id) => note(id, "ghost"))];
  const shown = (room: number) => {
    const { ghosts, more } = ghostsOf(notes, room);
    return [ghosts.map(({ id }) => id).join(""), more];
  };
  expect([3, 1, 0, 9].map(shown)).toEqual([
    ["cde", 1],
    ["e", 3],
    ["", 4],
    ["acde", 0],
  ]);
});

it.each([
  [0, 0],
  [150, 0],
  [200, 1],
  [360, 1],
  [480, 2],
  [720, 3],
  [2160, 3],
])("over a video of %i pixels there is room for %i", (heightPx, room) => {
  expect(ghostsOver(heightPx)).toBe(room);
});

it("puts a marker at a note's share of the bar, and none for what was taken back or lies outside", () => {
  const notes = [note("a", "ghost", 0), note("b", "cancelled"), note("c", "posted", 30), note("d", "firmed", 121)];
  expect(markersOf(notes, 120)).toEqual([
    { id: "a", kind: "ghostly", share: 0 },
    { id: "c", kind: "posted", share: 0.25 },
  ]);
});

it.each([null, 0, Number.NaN, Number.POSITIVE_INFINITY])(
  "shows no marker where the video has the length %s",
  (length) => {
    expect(markersOf([note("a", "ghost")], length)).toEqual([]);
  },
);

it("draws surer drafts stronger", () => {
  expect([0, 0.5, 1].map(opacityOf)).toEqual([0.7, 0.85, 1]);
  expect([opacityOf(Number.NaN), opacityOf(7)]).toEqual([0.7, 1]);
});
