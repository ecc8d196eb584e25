// Which keys do what: those of our pages, which are fixed, and the browser's own, which a person can change there.

import { useEffect, useState } from "preact/hooks";
import { KEY_HINTS } from "../panel/useShortcuts";
import { KeyHints } from "../ui/KeyHints";
import type { OptionsHost, Shortcut } from "./host";

export function Keys({ host }: { readonly host: OptionsHost }) {
  const [shortcuts, setShortcuts] = useState<readonly Shortcut[]>([]);
  useEffect(() => {
    const look = () => void host.shortcuts().then(setShortcuts);
    look();
    window.addEventListener("focus", look); // they were changed in another tab
    return () => window.removeEventListener("focus", look);
  }, [host]);

  const set = shortcuts.filter(({ keys }) => keys !== "");
  const unset = shortcuts.filter(({ keys }) => keys === "");
  return (
    <div class="form">
      <div class="group">
        <h3>In every tab</h3>
        <KeyHints mac={host.mac} hints={set.map(({ name, keys }) => ({ keys, does: name }))} />
        {unset.map(({ name }) => (
          <p class="hint" key={name}>
            No key yet: {name.charAt(0).toLowerCase() + name.slice(1)}.
          </p>
        ))}
        <p>
          <button type="button" class="button" onClick={host.openShortcuts}>
            Change them in the browser
          </button>
        </p>
      </div>
      <div class="group">
        <h3>In the side panel and the popup</h3>
        <KeyHints mac={host.mac} hints={KEY_HINTS} />
      </div>
    </div>
  );
}
