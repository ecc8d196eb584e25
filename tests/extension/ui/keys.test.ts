// extension/src/ui/keys.ts and loudness.ts: keys as words, levels as shares.

import { expect, it } from "vitest";
import { isKeepKey, isMac, isPostKey, keyNames } from "../../../extension/src/ui/keys";
import { loudness, loudnessWord } from "../../../extension/src/ui/loudness";

const ENTER = { key: "Enter", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false };

it("posts with ⌘ or Ctrl, keeps with Enter alone, and neither while composing", () => {
  expect(isPostKey({ ...ENTER, ctrlKey: true })).toBe(true);
  expect(isPostKey({ ...ENTER, metaKey: true })).toBe(true);
  expect(isPostKey(ENTER)).toBe(false);
  expect(isPostKey({ ...ENTER, ctrlKey: true, altKey: true })).toBe(false);
  expect(isKeepKey(ENTER)).toBe(true);
  for (const change of [{ shiftKey: true }, { ctrlKey: true }, { isComposing: true }, { key: "a" }]) {
    expect(isKeepKey({ ...ENTER, ...change })).toBe(false);
  }
});

it("names keys as the machine does", () => {
  expect(keyNames("Mod+Enter", true)).toEqual(["⌘", "Enter"]);
  expect(keyNames("Mod+Shift+K", false)).toEqual(["Ctrl", "Shift", "K"]);
  expect([isMac("MacIntel"), isMac("Linux x86_64"), isMac("Win32")]).toEqual([true, false, false]);
});

it("fills the meter evenly in decibels", () => {
  expect(loudness(0)).toBe(0);
  expect(loudness(Number.NaN)).toBe(0);
  expect(loudness(0.001)).toBe(0);
  expect(loudness(10 ** (-27 / 20))).toBeCloseTo(0.5);
  expect(loudness(1)).toBe(1);
  expect(loudness(2)).toBe(1);
  expect([0, 0.1, 0.5, 0.99].map(loudnessWord)).toEqual(["Nothing", "Quiet", "Good", "Too loud"]);
});
