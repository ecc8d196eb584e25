// ⌘/Ctrl+K and Esc, said to the microphone and to the session.

import type { View } from "../view/view";
import type { PanelHost } from "./host";
import { buttonMode, buttonState, startOf, stopOf, whoCancels, whyNot } from "./microphone";
import type { Reviewing } from "./useReview";
import { useShortcuts } from "./useShortcuts";

export function useMicrophoneKeys(host: PanelHost, reviewing: Reviewing | null, view: View): void {
  useShortcuts({
    onMicrophone: () => {
      const talk = host.talk.state.now;
      const subject = host.subject.now;
      if (buttonState(talk) !== "idle") host.talk.send(stopOf(talk));
      else if (subject && whyNot(talk, { subject, obstacle: host.obstacle.now }, view) === null)
        host.talk.send(startOf(buttonMode(talk, host.settings.now), subject));
    },
    onCancel: () => {
      const who = whoCancels(host.talk.state.now, view);
      if (who === "talk") host.talk.send({ type: "cancel" });
      if (who === "session") void reviewing?.commands.cancel();
      return who !== null;
    },
  });
}
