// extension/src/sites/times.ts: times as pages write them, and as they are shown.

import { expect, it } from "vitest";
import { clockText, secondsOf } from "../../../extension/src/sites/times";

it.each([
  ["1:15", 75],
  [" 01:02:03.5\n", 3723.5],
  ["42", 42],
  ["soon", null],
  ["1:2:3:4", null],
  ["", null],
])("%j is %s seconds", (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});

it.each([
  [0, "0:00"],
  [62.9, "1:02"],
  [3599.99, "59:59"],
  [3723, "1:02:03"],
  [-1, "0:00"],
])("%s is shown as %s", (seconds, text) => {
  expect(clockText(seconds)).toBe(text);
});
