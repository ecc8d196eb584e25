// extension/src/parts/turns.ts: one after the other.

import { expect, it } from "vitest";
import { inTurn } from "../../../extension/src/parts/turns";

it("begins the next only when the one ahead is done, also where that failed", async () => {
  const turn = inTurn();
  const said: string[] = [];
  const work = (name: string, fails: boolean) =>
    turn(async () => {
      said.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      said.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    });
  const done = await Promise.allSettled([work("one", false), work("two", true), work("three", false)]);
  expect(said).toEqual(["one begins", "one ends", "two begins", "two ends", "three begins", "three ends"]);
  expect(done.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});
