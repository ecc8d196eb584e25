// extension/src/hub/observable.ts: a value that others watch.

import { expect, test } from "vitest";
import { variable } from "../../../extension/src/hub/observable";

test("each change is told once, to who still watches", () => {
  const [value, one, two] = [variable(1), [] as number[], [] as number[]];
  const stop = value.subscribe((now) => {
    one.push(now);
    stop();
  });
  value.subscribe((now) => two.push(now));
  for (const now of [1, 2, 2, 3]) value.set(now);
  expect([value.now, one, two]).toEqual([3, [2], [2, 3]]);
});
