// The review of what the host shows: opened for each subject and each connection, closed behind them.

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Observable, variable } from "../hub/observable";
import { commandsOf, type NoteCommands } from "../review/commands";
import { openReview, type Review } from "../review/review";
import { INITIAL_VIEW, type View } from "../view/view";
import type { PanelHost } from "./host";
import { useObservable } from "./useObservable";

const NOTHING: Observable<View> = variable(INITIAL_VIEW);

export interface Reviewing {
  readonly review: Review;
  /** The same object as long as the review is the same one. */
  readonly commands: NoteCommands;
}

/** `reviewing` is null where no video is shown. */
export function useReview(host: PanelHost): { readonly reviewing: Reviewing | null; readonly view: View } {
  const hub = useObservable(host.hub);
  const connection = useObservable(hub.connection);
  const subject = useObservable(host.subject);
  const [opened, setOpened] = useState<Review | null>(null);
  const sessionId = subject?.sessionId ?? null;

  useEffect(() => {
    if (subject === null) return;
    const review = openReview(hub, subject, host.client);
    setOpened(review);
    return () => {
      review.close();
      setOpened(null);
    };
  }, [hub, sessionId, host.client]);

  useEffect(() => {
    host.talk.watch(subject);
    if (opened && subject && opened.subject !== subject && opened.subject.sessionId === subject.sessionId)
      opened.describe(subject.video);
  }, [host.talk, subject]);

  const review = opened?.subject.sessionId === sessionId ? opened : null;
  const reviewing = useMemo(() => review && { review, commands: commandsOf(review) }, [review]);
  const view = useObservable(review?.view ?? NOTHING);
  return { reviewing, view: review ? view : { ...view, connection } };
}
