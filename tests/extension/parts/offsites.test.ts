// extension/src/parts/offsites.ts: a site that is switched off is off under all of its names, and no other site is.

import { expect, it } from "vitest";
import { isOff } from "../../../extension/src/parts/offsites";

it.each([
  ["https://www.youtube.com/watch?v=1", true],
  ["https://youtube.com/", true],
  ["https://notyoutube.com/", false],
  ["https://youtube.com.example/", false],
  ["http://127.0.0.1:8765/practice", false],
  ["no address", false],
])("%s: %s", (address, off) => {
  expect(isOff(address, ["twitch.tv", "youtube.com"])).toBe(off);
});
