// extension/src/content/overlays/colours.ts: words can be read on the faintest card, over any picture.

import { describe, expect, it } from "vitest";
import { type Colours, DARK, LIGHT } from "../../../../extension/src/content/overlays/colours";
import { opacityOf } from "../../../../extension/src/content/overlays/notes";

type Rgb = readonly [number, number, number];
const WHITE: Rgb = [1, 1, 1];
const GREY: Rgb = [0.5, 0.5, 0.5];
const BLACK: Rgb = [0, 0, 0];

function rgb(hex: string): Rgb {
  const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return [part(1), part(3), part(5)];
}

/** What is seen of a colour on a card as faint as cards get. */
function through([r, g, b]: Rgb, picture: Rgb): Rgb {
  const share = opacityOf(0);
  const mixed = (one: number, other: number): number => share * one + (1 - share) * other;
  return [mixed(r, picture[0]), mixed(g, picture[1]), mixed(b, picture[2])];
}

/** As WCAG 2 counts it. */
function contrast(one: Rgb, other: Rgb): number {
  const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const [dark = 0, bright = 0] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("%s", (_, colours: Colours) => {
  it.each(["ink", "quiet", "problem"] as const)("%s on the ground", (words) => {
    for (const picture of [WHITE, GREY, BLACK]) {
      const [ink, ground] = [through(rgb(colours[words]), picture), through(rgb(colours.ground), picture)];
      expect(contrast(ink, ground)).toBeGreaterThanOrEqual(4.5);
    }
  });
});
