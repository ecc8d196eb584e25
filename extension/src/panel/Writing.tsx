// The box for typed notes at the foot of the panel. What is typed about one video waits while another one is shown.

import type { Subject } from "../parts/subject";
import { NoteBox, type TypedNote } from "../ui/NoteBox";
import type { Then } from "../ui/note";
import type { Drafts } from "./drafts";
import type { PanelHost } from "./host";
import { usePosition } from "./usePosition";
import type { Reviewing } from "./useReview";

export interface WritingProps {
  readonly host: PanelHost;
  readonly reviewing: Reviewing;
  readonly subject: Subject;
  readonly drafts: Drafts;
}

export function Writing({ host, reviewing, subject, drafts }: WritingProps) {
  const positionS = usePosition(host.talk);
  const { sessionId, video } = subject;
  const onSave = async (note: TypedNote, then: Then) => {
    const refused = await reviewing.commands.write(note, then, drafts.ref(sessionId, note));
    if (refused === null) drafts.saved(sessionId, note);
    return refused;
  };
  return (
    <NoteBox
      key={sessionId}
      positionS={positionS}
      durationS={video.duration ?? null}
      title={video.title}
      draft={drafts.of(sessionId)}
      onDraft={(draft) => drafts.change(sessionId, draft)}
      onSave={onSave}
    />
  );
}
