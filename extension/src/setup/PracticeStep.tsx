// The first note: said, or typed, over the film that comes with the server, by the same way that every later note goes.

import { useEffect, useMemo, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { actionsOf } from "../panel/actions";
import { drafts } from "../panel/drafts";
import type { PanelHost } from "../panel/host";
import { linked } from "../panel/links";
import { Notices } from "../panel/Notices";
import { useFresh } from "../panel/shown";
import { Talking } from "../panel/Talking";
import { useObservable } from "../panel/useObservable";
import { type Reviewing, useReview } from "../panel/useReview";
import type { Talk } from "../talk/talk";
import { NoteBox, type TypedNote } from "../ui/NoteBox";
import { NoteRow } from "../ui/NoteRow";
import type { NoteActions, Then } from "../ui/note";
import type { Note } from "../wire/messages";
import type { SetupHost } from "./host";
import { SENTENCE } from "./practice";
import type { StepId } from "./progress";

export interface PracticeStepProps {
  readonly host: SetupHost;
  readonly hasMicrophone: boolean;
  /** A note is there. */
  readonly onNoted: () => void;
  /** The person has to see to something first. */
  readonly onStep: (step: StepId) => void;
}

export function PracticeStep({ host, hasMicrophone, onNoted, onStep }: PracticeStepProps) {
  const panel = useMemo<PanelHost>(() => ({ ...host.practise(), allowMicrophone: () => onStep("microphone") }), [host]);
  const { reviewing, view } = useReview(panel);
  const [isTyping, setTyping] = useState(!hasMicrophone);
  const fresh = useFresh(view.video);
  const note = view.video.notes.find(({ id }) => id === fresh?.id);
  const isNoted = note !== undefined;
  useEffect(() => {
    if (isNoted) onNoted();
  }, [isNoted]);

  const isSpeaking = !isTyping && !isNoted;
  useEffect(() => {
    const about = panel.subject.now;
    if (!isSpeaking || about === null) return;
    panel.talk.send({ type: "arm", about }); // so that not even the first word is cut
    return () => panel.talk.send({ type: "disarm" });
  }, [panel, isSpeaking]);

  return (
    <>
      <Notices host={panel} reviewing={reviewing} view={view} openOptions={() => onStep("server")} />
      {note && reviewing ? (
        <Noted host={host} note={note} reviewing={reviewing} talk={panel.talk} />
      ) : isTyping ? (
        <Typing reviewing={view.video.id === null ? null : reviewing} />
      ) : (
        <>
          <p>
            Hold the button, or the space bar on it, say <strong>“{SENTENCE}”</strong> and let go.
          </p>
          <Talking host={panel} view={view} steps={4} />
        </>
      )}
      {!isNoted && (
        <p>
          <button type="button" class="button small" onClick={() => setTyping(!isTyping)}>
            {isTyping ? "Say it instead" : "Type it instead"}
          </button>
        </p>
      )}
    </>
  );
}

/** `reviewing`: null until the server knows the film. */
function Typing({ reviewing }: { readonly reviewing: Reviewing | null }) {
  const [typed] = useState(drafts);
  if (reviewing === null) return <p class="hint">Connecting to the server…</p>;
  const { review, commands } = reviewing;
  const save = (note: TypedNote, then: Then) => commands.write(note, then, typed.ref(review.subject.sessionId, note));
  return (
    <>
      <p>Write what you would say of a film, such as “{SENTENCE}”</p>
      <NoteBox positionS={0} durationS={null} title="The practice film" onSave={save} />
    </>
  );
}

interface NotedProps {
  readonly host: SetupHost;
  readonly note: Note;
  readonly reviewing: Reviewing;
  readonly talk: Talk;
}

function Noted({ host, note, reviewing, talk }: NotedProps) {
  const { server } = useObservable(host.settings);
  const [isEditing, setEditing] = useState(false);
  const actions = useMemo<NoteActions>(
    () => ({ ...actionsOf(reviewing.commands, talk), onSeek: host.openPractice }),
    [reviewing, talk, host],
  );
  return (
    <>
      <p class="told-good" role="status">
        <Icon name="check" />
        That is your first note. Sidenote is set up.
      </p>
      <div class="setup-note">
        <NoteRow
          note={linked(note, server)}
          editing={isEditing}
          onEditing={(_, on) => setEditing(on)}
          actions={actions}
          reachable
        />
      </div>
      <p>
        Next, open a page with a video and the side panel, hold its button, and say what you see. “Scratch that” takes
        the last note back; “post it” makes it a comment there.
      </p>
      <p class="form-foot">
        <button type="button" class="button main" onClick={host.openPanel}>
          Open the side panel
        </button>
        <button type="button" class="button" onClick={host.openPractice}>
          <Icon name="open" />
          Practise on the film
        </button>
        <button type="button" class="button" onClick={host.openOptions}>
          Options
        </button>
      </p>
    </>
  );
}
