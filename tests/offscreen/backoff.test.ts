// offscreen/src/backoff.ts: uniform between zero and a bound that doubles.

import { boundMs, createBackoff, waitMs } from "@sidenote/offscreen";
import { expect, test } from "vitest";

test("the bound doubles up to the cap, however often it is tried", () => {
  const backoff = createBackoff({ baseMs: 100, capMs: 5_000 });
  expect([0, 1, 2, 5, 6, 7, 5_000].map((attempt) => boundMs(backoff, attempt))).toEqual([
    100, 200, 400, 3_200, 5_000, 5_000, 5_000,
  ]);
});

test("a wait is anything from nothing to the bound", () => {
  for (const [drawn, expected] of [
    [0, 0],
    [0.25, 100],
    [0.999, 399.6],
  ] as const) {
    expect(waitMs(createBackoff({ random: () => drawn }), 2)).toBeCloseTo(expected);
  }
});
