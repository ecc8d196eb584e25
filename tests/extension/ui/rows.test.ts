// extension/src/ui/rows.ts: where rows stand and which are drawn.

import { expect, it } from "vitest";
import { rowAt, rowsInView, rowTops } from "../../../extension/src/ui/rows";

const IDS = Array.from({ length: 2000 }, (_, index) => `n${index}`);

it("adds up what was measured, and guesses the rest", () => {
  const tops = rowTops(["a", "b", "c"], new Map([["b", 100]]), 40);
  expect([...tops]).toEqual([0, 40, 140, 180]);
});

it("finds the row at a point", () => {
  const tops = rowTops(["a", "b", "c"], new Map([["b", 100]]), 40);
  expect([-5, 0, 39, 40, 139, 140, 1000].map((y) => rowAt(tops, y))).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect(rowAt(rowTops([], new Map(), 40), 10)).toBe(0);
});

it("draws a view's worth, wherever it stands", () => {
  const tops = rowTops(IDS, new Map(), 50);
  expect(rowsInView(tops, 0, 500, 100)).toEqual({ first: 0, end: 13 });
  expect(rowsInView(tops, 50_000, 500, 100)).toEqual({ first: 998, end: 1013 });
  expect(rowsInView(tops, 99_500, 500, 100)).toEqual({ first: 1988, end: 2000 });
  expect(rowsInView(rowTops([], new Map(), 50), 0, 500, 100)).toEqual({ first: 0, end: 0 });
});
