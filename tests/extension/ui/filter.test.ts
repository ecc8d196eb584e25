// extension/src/ui/filter.ts: which notes are shown.

import { expect, it } from "vitest";
import { EVERYTHING, filterNotes, isFiltered, STATUS_GROUPS } from "../../../extension/src/ui/filter";
import { STATUSES } from "../../../extension/src/ui/note";
import { note } from "./notes";

const NOTES = [
  note({ id: "cut", text: "Cut TWO frames earlier" }),
  note({ id: "music", text: "Music too loud", category: "audio", status: "posted", timestamp_s: 3723 }),
  note({ id: "old", text: "Music gone", category: "audio", status: "cancelled" }),
];
const ids = (change: Partial<typeof EVERYTHING>) =>
  filterNotes(NOTES, { ...EVERYTHING, ...change }).map((found) => found.id);

it("shows everything but what was scratched, in the order given", () => {
  expect(ids({})).toEqual(["cut", "music"]);
  expect(ids({ status: "scratched" })).toEqual(["old"]);
});

it("finds all words in any order, in text, category and time", () => {
  expect(ids({ text: " earlier  two " })).toEqual(["cut"]);
  expect(ids({ text: "two missing" })).toEqual([]);
  expect(ids({ text: "pacing" })).toEqual(["cut"]);
  expect(ids({ text: "1:02:03" })).toEqual(["music"]);
});

it("keeps one category and one group of statuses", () => {
  expect(ids({ category: "audio" })).toEqual(["music"]);
  expect(ids({ status: "posted" })).toEqual(["music"]);
  expect(ids({ status: "kept", category: "audio" })).toEqual([]);
});

it("has every status in one group", () => {
  const grouped = Object.values(STATUS_GROUPS).flatMap(({ of }) => [...(of ?? [])]);
  expect(grouped.toSorted()).toEqual(Object.keys(STATUSES).toSorted());
});

it("says whether anything is held back", () => {
  expect(isFiltered(EVERYTHING)).toBe(false);
  expect(isFiltered({ ...EVERYTHING, text: " " })).toBe(false);
  expect(isFiltered({ ...EVERYTHING, category: "audio" })).toBe(true);
});
