// offscreen/src/frames.ts: blocks of any size, frames of one.

import { createFramer, loudness, toPcm16 } from "@sidenote/offscreen";
import { expect, test } from "vitest";

test("frames hold 320 samples, each once and in order, whatever the size of the blocks", () => {
  const wave = Float32Array.from({ length: 1_000 }, (_, i) => i / 32_768);
  for (const size of [1, 128, 319, 320, 321, 1_000]) {
    const frames: Int16Array[] = [];
    const take = createFramer((frame) => frames.push(frame));
    for (let at = 0; at < wave.length; at += size) take(wave.subarray(at, at + size));
    expect(frames.map((frame) => frame.length)).toEqual([320, 320, 320]);
    expect(frames.flatMap((frame) => [...frame])).toEqual(Array.from({ length: 960 }, (_, i) => i));
  }
});

test("what is too loud is cut off, and what is no number is silence", () => {
  expect([0, 0.5, -1, 1, 2, -2, Number.NaN].map(toPcm16)).toEqual([0, 16_384, -32_768, 32_767, 32_767, -32_768, 0]);
});

test("loudness is 0 of silence and 1 of the loudest", () => {
  expect(loudness(new Int16Array(320))).toBe(0);
  expect(loudness(new Int16Array(320).fill(-32_768))).toBe(1);
  expect(loudness(new Int16Array(0))).toBe(0);
});
