// What is heard so far: the part that stays, and the rest that may still change. Read aloud in pieces of firm words, no
// more often than every two seconds, so that a screen reader can follow.

import { useEffect, useRef, useState } from "preact/hooks";

export interface PartialProps {
  readonly text: string;
  /** How many characters of the text stay as they are. */
  readonly firm: number;
  /** Nothing is being said: what stands here then. */
  readonly waiting?: string | undefined;
}

const SAY_EVERY_MS = 2000;

export function Partial({ text, firm, waiting = "" }: PartialProps) {
  const firmText = text.slice(0, firm);
  const said = useAnnouncement(wholeWords(text, firm));
  return (
    <div class="partial">
      <p class="partial-text">
        {text === "" ? (
          <span class="hint">{waiting}</span>
        ) : (
          <>
            <span class="partial-firm">{firmText}</span>
            <span class="partial-rest">{text.slice(firm)}</span>
          </>
        )}
      </p>
      <span class="unseen" aria-live="polite">
        {said}
      </span>
    </div>
  );
}

/** The words that have become firm since the last announcement; a new text begins anew. */
function useAnnouncement(firmText: string): string {
  const [said, setSaid] = useState("");
  const state = useRef({ upTo: "", lastMs: Number.NEGATIVE_INFINITY, newest: firmText });
  useEffect(() => {
    const now = state.current;
    now.newest = firmText;
    if (!firmText.startsWith(now.upTo)) now.upTo = "";
    if (firmText.length <= now.upTo.length) return;
    const speak = () => {
      const fresh = now.newest.slice(now.upTo.length).trim();
      now.upTo = now.newest;
      now.lastMs = performance.now();
      if (fresh !== "") setSaid(fresh);
    };
    const waitMs = now.lastMs + SAY_EVERY_MS - performance.now();
    if (waitMs <= 0) return speak();
    const timer = setTimeout(speak, waitMs);
    return () => clearTimeout(timer);
  }, [firmText]);
  return said;
}

/** The firm part up to its last whole word: half a word is not read aloud. */
function wholeWords(text: string, firm: number): string {
  if (firm >= text.length || /\s/.test(text.charAt(firm))) return text.slice(0, firm);
  return text.slice(0, Math.max(0, text.slice(0, firm).search(/\s\S*$/)));
}
