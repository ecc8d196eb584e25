// offscreen/src/wallclock.ts: fine steps, and right again after sleep.

import { createWallClock } from "@sidenote/offscreen/wallclock";
import { expect, it } from "vitest";

it("goes by the page's own clock, and by the system's where they part", () => {
  let monotonicMs = 0;
  let systemMs = 1_000_000;
  const wallMs = createWallClock({ timeOriginMs: 1_000_000, nowMs: () => monotonicMs, dateMs: () => systemMs });
  const pass = (pageMs: number, realMs: number): number => {
    monotonicMs += pageMs;
    systemMs += realMs;
    return wallMs();
  };
  expect(pass(10.25, 10)).toBe(1_000_010.25);
  expect(pass(1000, 1040)).toBe(1_001_010.25); // a system clock that is nudged along
  expect(pass(100, 3_600_000)).toBe(1_000_000 + 10 + 1040 + 3_600_000); // an hour of sleep
  expect(pass(5, 5)).toBe(1_000_000 + 10 + 1040 + 3_600_005);
  expect(pass(5, -60_000)).toBe(systemMs); // set back
});
