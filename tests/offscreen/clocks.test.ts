// offscreen/src/sampleclock.ts, wallclock.ts: when a sample was recorded.

import { createSampleClock, createWallClock } from "@sidenote/offscreen";
import { expect, test } from "vitest";

const BEGAN_MS = 1_700_000_000_000;

/** Feeds frames of 20 ms, each as late as told; the jumps that were seen, as frame numbers. */
function feed(clock: ReturnType<typeof createSampleClock>, latenesses: readonly number[], from = 0): number[] {
  return latenesses.flatMap((lateMs, i) => {
    const end = (from + i + 1) * 320;
    return clock.heard(end, BEGAN_MS + end / 16 + lateMs) ? [from + i] : [];
  });
}

test("frames that come late don't shift the samples", () => {
  const clock = createSampleClock();
  expect(clock.wallMsOf(0)).toBeNull();
  const busy = Array.from({ length: 200 }, (_, i) => (i % 40 < 9 ? 20 * (9 - (i % 40)) : (i * 7) % 13));
  expect(feed(clock, [0, ...busy])).toEqual([]);
  expect(clock.wallMsOf(16_000)).toBe(BEGAN_MS + 1_000);
});

test("frames that waited for a page which stood still don't shift them either", () => {
  const clock = createSampleClock();
  const stood = Array.from({ length: 40 }, (_, i) => 20 * (39 - i)); // 800 ms of frames, at once
  expect(feed(clock, [...Array(100).fill(3), ...stood, ...Array(50).fill(3)])).toEqual([]);
  expect(clock.wallMsOf(0)).toBe(BEGAN_MS);
});

test("after sleep all frames agree on a later time, and that is told once", () => {
  const clock = createSampleClock();
  feed(clock, Array(100).fill(3));
  const jumps = feed(clock, Array(50).fill(60_003), 100);
  expect(jumps).toHaveLength(1);
  expect(jumps[0]).toBeLessThanOrEqual(110);
  expect(clock.wallMsOf(0)).toBe(BEGAN_MS + 60_003);
});

test("a clock that was set back is believed at once", () => {
  const clock = createSampleClock();
  feed(clock, Array(100).fill(0));
  expect(feed(clock, Array(50).fill(-2_000), 100)).toEqual([100]);
  expect(clock.wallMsOf(0)).toBe(BEGAN_MS - 2_000);
});

test("the wall clock is even, and is corrected when the time of day has moved", () => {
  let [nowMs, dateMs] = [0, 1_000];
  const wallMs = createWallClock({ timeOriginMs: 1_000, nowMs: () => nowMs, dateMs: () => dateMs });
  [nowMs, dateMs] = [10.25, 1_011];
  expect(wallMs()).toBe(1_010.25);
  [nowMs, dateMs] = [20, 61_020]; // slept for a minute
  expect(wallMs()).toBe(61_020);
  [nowMs, dateMs] = [30.5, 61_033];
  expect(wallMs()).toBe(61_030.5);
});
