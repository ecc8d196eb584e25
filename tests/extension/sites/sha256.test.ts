// extension/src/sites/sha256.ts: held against Node's own, around the edges of a block.

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256 } from "../../../extension/src/sites/sha256";

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 2048])("of %i characters", (length) => {
  const text = "https://example.com/é".repeat(200).slice(0, length);
  expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
});
