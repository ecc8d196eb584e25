// The keys of the whole page: ⌘/Ctrl+K for the microphone, Esc for what was just said. Who takes Esc for something of
// its own (an editor, a menu) stops it on its way.

import { useEffect, useRef } from "preact/hooks";
import type { KeyHint } from "../ui/KeyHints";

export const KEY_HINTS: readonly KeyHint[] = [
  { keys: "Mod+K", does: "Start or stop the microphone" },
  { keys: "Esc", does: "Drop what was just said" },
  { keys: "Enter", does: "Keep the note that you write" },
  { keys: "Mod+Enter", does: "Post the note that you write, or that is selected" },
  { keys: "↑+↓", does: "Go from note to note" },
  { keys: "E", does: "Edit the selected note" },
  { keys: "C", does: "Confirm the selected note" },
  { keys: "Delete", does: "Scratch the selected note" },
];

export interface Shortcuts {
  readonly onMicrophone: () => void;
  /** Whether there was something to cancel. */
  readonly onCancel: () => boolean;
}

export function useShortcuts(shortcuts: Shortcuts): void {
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat || event.altKey || event.shiftKey) return;
      const isMod = event.ctrlKey || event.metaKey;
      if (isMod && event.key.toLowerCase() === "k") {
        event.preventDefault();
        newest.current.onMicrophone();
      } else if (!isMod && event.key === "Escape" && newest.current.onCancel()) event.preventDefault();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
