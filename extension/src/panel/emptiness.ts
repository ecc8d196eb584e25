// Why the list of notes is empty, and what to do. Pure.

import type { IconName } from "../look/Icon";
import type { Subject } from "../parts/subject";
import { isFiltered } from "../ui/filter";
import type { View } from "../view/view";
import { VIDEO_WORDS } from "../view/words";

export interface Emptiness {
  readonly title: string;
  readonly text: string;
  readonly icon: IconName;
  readonly action: "show_all" | null;
}

const WRITE = "Say what you see, or write it below. The note gets the second at which you begin.";

export function emptinessOf(view: View, subject: Subject | null): Emptiness {
  const empty = (title: string, text: string, icon: IconName = "note") => ({ title, text, icon, action: null });
  const { video, connection } = view;
  if (subject === null) return empty("No video here", VIDEO_WORDS.none);
  if (video.state === "unsupported") return empty("Not on this page", VIDEO_WORDS.unsupported, "warning");
  if (video.state === "refused") return empty("These notes can't be shown", VIDEO_WORDS.refused, "warning");
  if (video.notes.length > 0 && isFiltered(view.filter)) {
    const text = "Other words, or any category and status, may find it.";
    return { ...empty("No note matches", text, "search"), action: "show_all" };
  }
  if (video.state === "ready") return empty("No notes yet", WRITE, "microphone");
  if (connection.state === "online" || connection.state === "connecting")
    return empty("One moment", VIDEO_WORDS.loading);
  return empty("Offline", "The notes of this video come when the server is there again.", "warning");
}
