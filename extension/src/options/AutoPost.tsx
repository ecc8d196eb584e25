// Whether notes that are sure are posted without being asked: a choice of the person, kept by the server. Without a
// connection it can't be changed, and that is said.

import { useMemo, useState } from "preact/hooks";
import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import { claimsOf } from "../hub/token";
import { useObservable } from "../panel/useObservable";
import { Switch } from "../ui/Field";
import type { Connection } from "../view/view";
import { connectionWords } from "../view/words";
import type { Preferences } from "../wire/messages";
import { type Chosen, usePreferences } from "./usePreferences";

export interface AutoPostProps {
  readonly hub: Observable<Hub>;
  readonly token: string;
  readonly onSaved?: () => void;
}

export function AutoPost({ hub, token, onSaved }: AutoPostProps) {
  const connected = useObservable(hub);
  const connection = useObservable(connected.connection);
  const userId = useMemo(() => claimsOf(token)?.userId ?? null, [token]);
  const chosen = usePreferences(connected, userId);
  const [fault, setFault] = useState<string | null>(null);

  const { preferences } = chosen;
  const isDisabled = connection.state !== "online" || preferences === null;
  const choose = async (autoPost: boolean | null) => {
    const found = await chosen.change({ auto_post: autoPost });
    setFault(found);
    if (found === null) onSaved?.();
  };
  return (
    <div class="group">
      <Switch
        label="Post by itself"
        hint="A note that is sure is posted a few seconds after you have said it, unless you scratch it."
        on={isOn(preferences)}
        disabled={isDisabled}
        onChange={(on) => void choose(on)}
      />
      <p class="hint" role="status">
        {standing(chosen, connection)}
      </p>
      {preferences !== null && preferences.auto_post !== null && (
        <p>
          <button type="button" class="button small" disabled={isDisabled} onClick={() => void choose(null)}>
            As the server is set
          </button>
        </p>
      )}
      {fault !== null && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}

function isOn(preferences: Preferences | null): boolean {
  return preferences !== null && (preferences.auto_post ?? preferences.auto_post_default);
}

/** Whose choice it is, or why that can't be told or changed now. */
function standing({ preferences, refusal }: Chosen, connection: Connection): string {
  if (connection.state !== "online") return `${connectionWords(connection).words} Until then this can't be changed.`;
  if (preferences === null) return refusal ?? "Asking the server…";
  const server = preferences.auto_post_default ? "on" : "off";
  if (preferences.auto_post === null) return `You have not chosen: it is as the server is set, which is ${server}.`;
  return `You have chosen this, for every browser that you use. The server is set to ${server}.`;
}
