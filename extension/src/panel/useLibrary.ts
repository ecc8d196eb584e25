// The user's videos, and the notes that match what is looked for: asked anew when the words change, when a note changes
// and after each loss of the connection.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Followed, follow } from "../hub/followed";
import type { Hub } from "../hub/socket";
import { refusalWords } from "../view/refusals";
import type { LibraryVideo, Note, VideoName } from "../wire/messages";

const TYPED_MS = 250;
const CHANGED_MS = 1000; // notes come in groups
const PAGE = 50;

export interface Library {
  readonly state: "loading" | "ready" | "refused";
  readonly videos: readonly LibraryVideo[];
  /** There are more videos. */
  readonly more: boolean;
  readonly notes: readonly Note[];
  /** Of the notes' videos, by id. */
  readonly names: Readonly<Record<string, VideoName>>;
  readonly refusal: string | null;
}

const LOADING: Library = { state: "loading", videos: [], more: false, notes: [], names: {}, refusal: null };

/** `userId` is null where nobody is signed in. */
export function useLibrary(hub: Hub, userId: string | null, words: string): Library & { readonly readOn: () => void } {
  const [library, setLibrary] = useState(LOADING);
  const user = useRef<Followed<"user"> | null>(null);
  const newest = useRef({ asked: 0, words, next: null as string | null });
  newest.current.words = words;

  const ask = useCallback(async (after: string | null) => {
    const topic = user.current;
    if (!topic) return;
    newest.current.asked += 1;
    const { asked, words: query } = newest.current;
    const looksForNotes = after === null && query.trim() !== "";
    const [listed, found] = await Promise.all([
      topic.push("list_videos", { query, after, limit: PAGE }),
      looksForNotes ? topic.push("search_notes", { query, limit: PAGE }) : null,
    ]);
    if (asked !== newest.current.asked || topic !== user.current) return;
    const refusal = !listed.ok ? listed.refusal : found && !found.ok ? found.refusal : null;
    if (listed.ok) newest.current.next = listed.response.next;
    setLibrary((before) => ({
      state: listed.ok ? "ready" : "refused",
      videos: listed.ok ? [...(after === null ? [] : before.videos), ...listed.response.videos] : before.videos,
      more: listed.ok && listed.response.next !== null,
      notes: found?.ok ? found.response.notes : after === null ? [] : before.notes,
      names: found?.ok ? found.response.videos : after === null ? {} : before.names,
      refusal: refusal && refusalWords(refusal).words,
    }));
  }, []);

  useEffect(() => {
    if (userId === null) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const askNow = () => {
      clearTimeout(timer);
      timer = undefined;
      void ask(null);
    };
    const topic = follow<"user">(hub, `user:${userId}`, (action) => {
      if (action.kind === "event") timer ??= setTimeout(askNow, CHANGED_MS);
      else if (action.kind !== "topic_refused") askNow();
      else setLibrary((before) => ({ ...before, state: "refused", refusal: refusalWords(action.refusal).words }));
    });
    user.current = topic;
    setLibrary(LOADING);
    return () => {
      clearTimeout(timer);
      user.current = null;
      topic.close();
    };
  }, [hub, userId, ask]);

  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false; // the topic asks when it is joined
      return;
    }
    const timer = setTimeout(() => void ask(null), TYPED_MS);
    return () => clearTimeout(timer);
  }, [words, ask]);

  return { ...library, readOn: () => void ask(newest.current.next) };
}
