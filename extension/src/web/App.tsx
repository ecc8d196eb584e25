// The server's own page: the video left, the panel right; one above the other where the window is narrow.

import { useMemo } from "preact/hooks";
import { Panel } from "../panel/Panel";
import { useObservable } from "../panel/useObservable";
import { useTheme } from "../panel/useTheme";
import type { WebHost } from "./host";
import { SettingsTab } from "./SettingsTab";
import { SignIn } from "./SignIn";
import { Stage } from "./Stage";
import type { KeptSettings } from "./settings";

export interface AppProps {
  readonly kept: KeptSettings;
  /** Made once somebody is signed in. */
  readonly open: () => WebHost;
}

export function App({ kept, open }: AppProps) {
  const { token, theme } = useObservable(kept.settings);
  const isSignedIn = token !== "";
  const host = useMemo(() => (isSignedIn ? open() : null), [isSignedIn, open]);
  useTheme(theme);

  if (host === null) {
    return (
      <div class="welcome">
        <h1>Sidenote</h1>
        <p>
          Say what you see in a video: a note appears at that second. Open the address that “sidenote serve” prints,
          which signs you in, or enter a token here.
        </p>
        <SignIn kept={kept} label="Token" />
      </div>
    );
  }
  return (
    <div class="web">
      <Stage host={host} />
      <Panel host={host} settings={<SettingsTab kept={kept} hub={host.hub} />} />
    </div>
  );
}
