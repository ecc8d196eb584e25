// The anchor chip: at which second of the video the note will stand, and signs for what is being said.

import { clockText } from "../../sites/times";
import { made } from "./element";

export interface Anchor {
  readonly atS: number;
  readonly emoji: readonly string[];
}

export interface AnchorChip {
  readonly element: HTMLElement;
  show(anchor: Anchor | null): void;
}

export function anchorChip(page: Document): AnchorChip {
  const element = made(page, "div", "anchor");
  element.hidden = true;
  let shown = "";
  return {
    element,
    show(anchor) {
      element.hidden = anchor === null;
      const now = anchor === null ? "" : [anchor.atS, ...anchor.emoji].join(" ");
      if (now === shown) return;
      shown = now;
      if (anchor === null) return element.replaceChildren();
      const time = clockText(anchor.atS);
      const chip = made(page, "span", "chip", `📍 ${time}`);
      chip.setAttribute("role", "img");
      chip.setAttribute("aria-label", `Your note will stand at ${time}`);
      element.replaceChildren(chip, ...anchor.emoji.map((sign) => made(page, "span", "emoji", sign)));
    },
  };
}
