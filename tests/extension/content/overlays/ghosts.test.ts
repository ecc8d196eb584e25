// @vitest-environment happy-dom
// extension/src/content/overlays/ghosts.ts: cards are changed in place. Clicks and keys: test_overlays.py.

import { expect, it } from "vitest";
import { ghostStack } from "../../../../extension/src/content/overlays/ghosts";
import type { ShownNote } from "../../../../extension/src/content/overlays/notes";

const note: ShownNote = { id: "a", revision: 1, text: "too loud", confidence: 0.5, timestamp_s: 62, status: "ghost" };

function stack() {
  const made = ghostStack(document, async () => null);
  const cards = (): readonly Element[] => Array.from(made.element.querySelectorAll(".ghost"));
  const show = (...notes: readonly ShownNote[]): void => made.show(notes, 0, () => []);
  const showMore = (more: number): void => made.show([note], more, () => []);
  return { element: made.element, cards, show, showMore };
}

it("names each draft and its buttons for whoever can't see them", () => {
  const { cards, show } = stack();
  show(note);
  expect(cards()[0]?.getAttribute("aria-label")).toBe("Draft at 1:02: too loud");
  const labels = Array.from(cards()[0]?.querySelectorAll("button") ?? [], (button) =>
    button.getAttribute("aria-label"),
  );
  expect(labels).toEqual(["Confirm the note at 1:02: too loud", "Scratch that: the note at 1:02, too loud"]);
});

it("changes a card in place, and never back to an older revision", () => {
  const { cards, show } = stack();
  show(note);
  const [card] = cards();
  show({ ...note, revision: 3, text: "far too loud" });
  show({ ...note, revision: 2, text: "loud" });
  expect(cards()).toEqual([card]);
  expect(card?.querySelector(".words")?.textContent).toBe("far too loud");
});

it("takes away what is no draft any more, and stays empty and hidden then", () => {
  const { cards, element, show } = stack();
  show(note, { ...note, id: "b" });
  show({ ...note, id: "b" });
  expect(cards().map((card) => card.getAttribute("data-note"))).toEqual(["b"]);
  show();
  expect([cards(), element.hidden]).toEqual([[], true]);
});

it("says how many more there are", () => {
  const { element, showMore } = stack();
  showMore(2);
  expect(element.querySelector(".more")?.textContent).toBe("and 2 more in the side panel");
  showMore(0);
  expect(element.querySelector<HTMLElement>(".more")?.hidden).toBe(true);
});
