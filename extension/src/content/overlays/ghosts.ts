// Ghost comments: drafts over the video, each with Confirm and "Scratch that". A card is changed in place, so that
// whoever stands on one of its buttons stays there.

import { clockText } from "../../sites/times";
import { made } from "./element";
import { opacityOf, type ShownNote } from "./notes";

export type Verdict = "confirm_note" | "scratch_note";

/** null when it was done; else why not, for the person. */
export type Judge = (verdict: Verdict, note: ShownNote) => Promise<string | null>;

export interface GhostStack {
  readonly element: HTMLElement;
  show(ghosts: readonly ShownNote[], more: number, emojiOf: (text: string) => readonly string[]): void;
}

export function ghostStack(page: Document, judge: Judge): GhostStack {
  const element = made(page, "div", "ghosts");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Drafted notes");
  const rest = made(page, "p", "more");
  const cards = new Map<string, Card>();
  element.append(rest);
  return {
    element,
    show(ghosts, more, emojiOf) {
      element.hidden = ghosts.length === 0;
      for (const [id, card] of cards) {
        if (ghosts.some((ghost) => ghost.id === id)) continue;
        card.element.remove();
        cards.delete(id);
      }
      for (const ghost of ghosts) {
        const card = cards.get(ghost.id) ?? ghostCard(page, judge);
        card.show(ghost, emojiOf(ghost.text));
        if (cards.has(ghost.id)) continue;
        cards.set(ghost.id, card);
        element.insertBefore(card.element, rest);
      }
      rest.hidden = more === 0;
      rest.textContent = `and ${more} more in the side panel`;
    },
  };
}

interface Card {
  readonly element: HTMLElement;
  show(note: ShownNote, emoji: readonly string[]): void;
}

function ghostCard(page: Document, judge: Judge): Card {
  let shown: ShownNote | null = null;
  let shownSigns = "";
  let waiting = false;
  const element = made(page, "div", "ghost");
  const about = made(page, "p", "about");
  const words = made(page, "p", "words");
  const problem = made(page, "p", "problem");
  const actions = made(page, "div", "actions");
  const spoken = made(page, "p", "spoken", "Say “keep it” or “scratch that”."); // where no button can be pressed
  const confirm = made(page, "button", "main", "Confirm");
  const scratch = made(page, "button", "", "Scratch that");
  element.setAttribute("role", "group");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  actions.append(confirm, scratch);
  element.append(about, words, problem, spoken, actions);

  const say = (text: string | null): void => {
    problem.hidden = text === null;
    problem.textContent = text ?? "";
    element.classList.toggle("told", text !== null);
  };
  const wait = (on: boolean): void => {
    waiting = on;
    for (const button of [confirm, scratch]) button.setAttribute("aria-disabled", String(on));
  };
  const decide = async (verdict: Verdict): Promise<void> => {
    if (shown === null || waiting) return;
    wait(true);
    say(null);
    const refused = await judge(verdict, shown).catch(() => "That could not be sent. Try again.");
    wait(false);
    say(refused);
  };
  // A page may click our buttons by script: only a person's own click counts.
  const onClick = (button: HTMLElement, verdict: Verdict): void =>
    button.addEventListener("click", (event) => {
      if (event.isTrusted) void decide(verdict);
    });
  onClick(confirm, "confirm_note");
  onClick(scratch, "scratch_note");

  return {
    element,
    show(note, emoji) {
      const signs = emoji.join(" ");
      if (shown !== null && shown.revision >= note.revision && signs === shownSigns) return;
      shown = note;
      shownSigns = signs;
      const time = clockText(note.timestamp_s);
      about.textContent = signs === "" ? `Draft at ${time}` : `Draft at ${time} ${signs}`;
      words.textContent = note.text;
      element.setAttribute("data-note", note.id);
      element.style.setProperty("--seen", opacityOf(note.confidence).toFixed(2));
      element.setAttribute("aria-label", `Draft at ${time}: ${note.text}`);
      confirm.setAttribute("aria-label", `Confirm the note at ${time}: ${note.text}`);
      scratch.setAttribute("aria-label", `Scratch that: the note at ${time}, ${note.text}`);
    },
  };
}
