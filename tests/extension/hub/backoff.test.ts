// extension/src/hub/backoff.ts: full jitter.

import { expect, test } from "vitest";
import { waitMs } from "../../../extension/src/hub/backoff";

test("the limit doubles up to the cap, and any wait below it may come", () => {
  const limits = [1, 2, 3, 4, 5, 6, 1000].map((tries) => waitMs(tries, 5000, 1));
  expect(limits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(waitMs(3, 5000, 0)).toBe(0);
  expect(waitMs(3, 5000, 0.5)).toBe(400);
});
