// The popup: a large button to talk, what is heard, what the agent does with it, and the ways to everything else.

import { Icon } from "../look/Icon";
import { SessionInfo, Utterances } from "../panel/Agent";
import { Header } from "../panel/Header";
import type { PanelHost } from "../panel/host";
import { Notices } from "../panel/Notices";
import { Talking } from "../panel/Talking";
import { useMicrophoneKeys } from "../panel/useMicrophoneKeys";
import { useObservable } from "../panel/useObservable";
import { useReview } from "../panel/useReview";
import { useTheme } from "../panel/useTheme";

const SENTENCES = 2;

export function Popup({ host }: { readonly host: PanelHost }) {
  const { reviewing, view } = useReview(host);
  const subject = useObservable(host.subject);
  const talk = useObservable(host.talk.state);
  const { theme } = useObservable(host.settings);
  useTheme(theme);
  useMicrophoneKeys(host, reviewing, view);

  const title = view.video.title || subject?.video.title || "Sidenote";
  const { openPanel } = host;
  return (
    <div class="popup">
      <Header title={title} connection={view.connection} waitingS={talk.waitingS} onSettings={host.openOptions} />
      <Notices host={host} reviewing={reviewing} view={view} openOptions={host.openOptions} onLook={openPanel} />
      <Talking host={host} view={view} steps={0} />
      <div class="popup-agent">
        {view.timeline.length > 0 && <Utterances view={view} limit={SENTENCES} />}
        <SessionInfo view={view} talk={talk} />
      </div>
      {openPanel && (
        <footer class="popup-foot">
          <button type="button" class="button main" onClick={openPanel}>
            <Icon name="note" />
            Open panel
          </button>
        </footer>
      )}
    </div>
  );
}
