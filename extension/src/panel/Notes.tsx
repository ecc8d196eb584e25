// The notes of the video: timeline, filters, export and the list.

import { useMemo } from "preact/hooks";
import { download } from "../export/download";
import { FORMATS, fileName } from "../export/formats";
import type { Subject } from "../parts/subject";
import { Empty } from "../ui/Empty";
import { ExportMenu } from "../ui/ExportMenu";
import { Filters } from "../ui/Filters";
import { EVERYTHING } from "../ui/filter";
import { NoteList, type Shown } from "../ui/NoteList";
import type { NoteActions } from "../ui/note";
import { Timeline } from "../ui/Timeline";
import type { View } from "../view/view";
import { visibleNotes, visiblePostings } from "../view/visible";
import { emptinessOf } from "./emptiness";
import type { PanelHost } from "./host";
import { linked } from "./links";
import { currentNote } from "./shown";
import { useObservable } from "./useObservable";
import { usePosition } from "./usePosition";
import type { Reviewing } from "./useReview";

export interface NotesProps {
  readonly host: PanelHost;
  readonly reviewing: Reviewing | null;
  readonly view: View;
  readonly subject: Subject | null;
  readonly actions: NoteActions;
  readonly shown: Shown | null;
}

export function Notes({ host, reviewing, view, subject, actions, shown }: NotesProps) {
  const { server } = useObservable(host.settings);
  const positionS = usePosition(host.talk);
  const { video } = view;
  const visible = visibleNotes(view);
  const notes = useMemo(() => visible.map((note) => linked(note, server)), [visible, server]);
  const posting = useMemo(() => Object.fromEntries(visiblePostings(view)), [video.posting]);
  const durationS = subject?.video.duration ?? null;
  const setFilter = (filter: View["filter"]) => reviewing?.review.dispatch({ kind: "filter_changed", filter });

  const onExport = (id: string) => {
    const format = FORMATS.find((each) => each.id === id);
    if (!format || !subject) return;
    const { title = "", platform, url } = subject.video;
    const text = format.of({ title: video.title || title, platform, url, durationS, notes });
    download(fileName(video.title || title, format.extension), format.type, text);
  };

  const empty = emptinessOf(view, subject);
  return (
    <>
      {video.notes.length > 0 && (
        <div class="panel-tools">
          <Timeline
            notes={notes}
            durationS={durationS}
            positionS={positionS}
            onSeek={(to_s) => host.talk.command({ action: "seek", to_s })}
            onPick={actions.onSeek}
          />
          <Filters value={view.filter} onChange={setFilter} shown={notes.length} total={video.notes.length} />
          <ExportMenu
            items={FORMATS}
            onPick={onExport}
            refused={notes.length === 0 ? "No note is shown that could be exported." : null}
          />
        </div>
      )}
      <NoteList
        key={subject?.sessionId ?? ""}
        notes={notes}
        actions={actions}
        posting={posting}
        currentId={currentNote(notes, positionS)}
        durationS={durationS}
        shown={shown}
        more={video.unseen !== null}
        empty={
          <Empty
            title={empty.title}
            text={empty.text}
            icon={empty.icon}
            action={empty.action ? { label: "Show all notes", onAct: () => setFilter(EVERYTHING) } : undefined}
          />
        }
      />
    </>
  );
}
