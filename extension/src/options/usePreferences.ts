// What a person has chosen on the server: shown as it is there, whoever changes it, and changed there.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Followed, follow } from "../hub/followed";
import type { Hub } from "../hub/socket";
import { refusalWords } from "../view/refusals";
import type { Preferences, PreferencesChange, Refusal } from "../wire/messages";

export interface Chosen {
  /** Null until the server has told. */
  readonly preferences: Preferences | null;
  /** Why the server does not tell; null where it does. */
  readonly refusal: string | null;
  /** What stood in the way, null once it is kept. */
  readonly change: (change: PreferencesChange) => Promise<string | null>;
}

const UNKNOWN = { preferences: null, refusal: null };
const words = (refusal: Refusal) => refusalWords(refusal).words;

/** `userId` is null where nobody is signed in. */
export function usePreferences(hub: Hub, userId: string | null): Chosen {
  const [told, setTold] = useState<Omit<Chosen, "change">>(UNKNOWN);
  const user = useRef<Followed<"user"> | null>(null);

  useEffect(() => {
    if (userId === null) return;
    const take = (preferences: Preferences) => setTold({ preferences, refusal: null });
    const topic = follow<"user">(hub, `user:${userId}`, (action) => {
      if (action.kind === "snapshot" && "preferences" in action.snapshot) take(action.snapshot.preferences);
      else if (action.kind === "event" && action.event === "preferences_changed") take(action.payload.preferences);
      else if (action.kind === "topic_refused") setTold((now) => ({ ...now, refusal: words(action.refusal) }));
    });
    user.current = topic;
    return () => {
      user.current = null;
      topic.close();
      setTold(UNKNOWN);
    };
  }, [hub, userId]);

  const change = async (change: PreferencesChange) => {
    const answer = await user.current?.push("set_preferences", change);
    return !answer || answer.ok ? null : words(answer.refusal);
  };
  return { ...told, change };
}
