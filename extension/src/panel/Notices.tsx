// The notices of the page, each with its button.

import { useEffect, useState } from "preact/hooks";
import { Notice } from "../ui/Notice";
import type { View } from "../view/view";
import type { PanelHost } from "./host";
import { isOver, noticesOf, type PanelNotice, type Seen, WORDS } from "./notices";
import { useObservable } from "./useObservable";
import type { Reviewing } from "./useReview";

export interface NoticesProps {
  readonly host: PanelHost;
  readonly reviewing: Reviewing | null;
  readonly view: View;
  readonly openOptions: () => void;
  readonly onLook?: ((noteId: string) => void) | undefined;
}

export function Notices({ host, reviewing, view, openOptions, onLook }: NoticesProps) {
  const talk = useObservable(host.talk.state);
  const subject = useObservable(host.subject);
  const obstacle = useObservable(host.obstacle);
  const [seen, setSeen] = useState<Seen | null>(null);
  const notices = noticesOf({ view, talk, subject, obstacle, seen });

  useEffect(() => {
    if (seen !== null && isOver(seen, talk)) setSeen(null);
  }, [seen, talk]);

  const dismiss = ({ id }: PanelNotice) => {
    if (id === "problem") setSeen(talk.problem);
    else if (id === "microphone") setSeen(talk.failure);
    else reviewing?.review.dispatch({ kind: "notice_dismissed", id });
  };

  const act = (notice: PanelNotice) => {
    const { action, noteId, id } = notice;
    switch (action) {
      case "try_again":
      case "close_other_pages":
        host.hub.now.retry();
        if (id.startsWith("topic:")) reviewing?.review.session.refresh();
        break;
      case "open_options":
      case "get_token":
        openOptions();
        break;
      case "reset_microphone":
        void reviewing?.commands.reset();
        break;
      case "look_at_note":
        if (noteId !== null) onLook?.(noteId);
        break;
      case "allow_microphone":
        host.allowMicrophone();
        break;
      case "retry_microphone":
        host.talk.send({ type: "retry" });
        break;
      case "wear_headphones":
        host.save({ headphones: true });
    }
    if (notice.dismissable && id !== "microphone") dismiss(notice); // that goes when it can be opened
  };

  if (notices.length === 0) return null;
  return (
    <div class="panel-notices">
      {notices.map((notice) => (
        <Notice
          key={notice.id}
          kind={notice.tone}
          text={notice.words}
          action={notice.action ? { label: WORDS[notice.action], onAct: () => act(notice) } : undefined}
          onDismiss={notice.dismissable ? () => dismiss(notice) : undefined}
        />
      ))}
    </div>
  );
}
