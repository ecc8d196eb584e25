// offscreen/src/preroll.ts: the newest moment, and no more.

import { createPreroll, PREROLL_SAMPLES } from "@sidenote/offscreen";
import { expect, test } from "vitest";

test("keeps at most 450 ms, the newest, in order, and gives them once", () => {
  const preroll = createPreroll();
  for (let i = 0; i < 100; i++) preroll.push(new Int16Array(320).fill(i));
  const kept = preroll.take();
  expect(kept.length * 320).toBeLessThanOrEqual(PREROLL_SAMPLES);
  expect(kept.map((frame) => frame[0])).toEqual(Array.from({ length: 22 }, (_, i) => 78 + i));
  expect(preroll.take()).toEqual([]);
});
