// extension/src/content/overlays/emoji.ts: signs for whole words alone.

import { expect, it } from "vitest";
import { emojiIn } from "../../../../extension/src/content/overlays/emoji";

it.each([
  ["I love the music here", ["❤️", "🎵"]],
  ["Music is too loud!", ["🎵", "🔊"]],
  ["LOVE it, well done.", ["❤️", "👏"]],
  ["the firefighter's glove in a cute profile", []],
  ["fire—and a cut", ["🔥", "✂️"]],
  ["well, done", ["👏"]],
  ["love loved love", ["❤️"]],
  ["funny music, great cut, slow fire", ["😂", "🎵", "👏"]],
  ["", []],
])("%j has %j", (text, signs) => {
  expect(emojiIn(text)).toEqual(signs);
});
