// extension/src/content/candidates.ts: which of several videos is meant.

import { expect, it } from "vitest";
import { type Looks, meant } from "../../../extension/src/content/candidates";

const film: Looks = { areaPx: 640 * 360, playing: false, inView: true };
const small: Looks = { areaPx: 320 * 180, playing: false, inView: true };
const none = -1;

it.each<[string, readonly Looks[], number, number]>([
  ["nothing is there", [], none, none],
  ["nothing is visible", [{ ...film, areaPx: 0 }], none, none],
  ["a picture of a few pixels", [{ ...film, areaPx: 400, playing: true }], none, none],
  ["the largest", [small, film, small], none, 1],
  [
    "a large one that plays beats a larger one that does not",
    [film, { ...film, areaPx: 500 * 300, playing: true }],
    none,
    1,
  ],
  ["a preview that plays beside a paused film", [film, { ...small, areaPx: 200 * 112, playing: true }], none, 0],
  ["the one in use is paused, and a smaller one plays", [film, { ...small, playing: true }], 0, 0],
  ["the one in use is paused, and a larger one begins", [small, { ...film, playing: true }], 0, 1],
  [
    "the one in use is paused out of view, and its like begins",
    [
      { ...film, inView: false },
      { ...film, playing: true },
    ],
    0,
    1,
  ],
  ["two alike, of which the second is in use", [film, film], 1, 1],
  ["the one in use became small", [{ ...film, areaPx: 100 * 56 }], 0, 0],
])("%s", (_, videos, current, expected) => {
  expect(meant(videos, current)).toBe(expected);
});
