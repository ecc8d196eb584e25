// The whole panel, wherever it is shown: the header, notices, talking, the tabs, and the box for typed notes.

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { KeyHints } from "../ui/KeyHints";
import { isMac } from "../ui/keys";
import type { Shown } from "../ui/NoteList";
import type { NoteActions } from "../ui/note";
import { panelProps, Tabs } from "../ui/Tabs";
import { SessionInfo, Utterances } from "./Agent";
import { actionsOf } from "./actions";
import { drafts } from "./drafts";
import { Header } from "./Header";
import type { PanelHost } from "./host";
import { LibraryTab } from "./LibraryTab";
import { Notes } from "./Notes";
import { Notices } from "./Notices";
import { useFresh } from "./shown";
import { Talking } from "./Talking";
import { useMicrophoneKeys } from "./useMicrophoneKeys";
import { useObservable } from "./useObservable";
import { useReview } from "./useReview";
import { KEY_HINTS } from "./useShortcuts";
import { useTheme } from "./useTheme";
import { Writing } from "./Writing";

export interface PanelProps {
  readonly host: PanelHost;
  /** A tab for the settings, where there is no page of their own. */
  readonly settings?: ComponentChildren;
}

const NO_ACTIONS: NoteActions = {
  onSeek: () => {},
  onEdit: async () => false,
  onConfirm: () => {},
  onScratch: () => {},
  onPost: () => {},
  onRetry: () => {},
  onSettle: () => {},
};

export function Panel({ host, settings }: PanelProps) {
  const { reviewing, view } = useReview(host);
  const subject = useObservable(host.subject);
  const talk = useObservable(host.talk.state);
  const { theme } = useObservable(host.settings);
  const [tab, setTab] = useState("notes");
  const [shown, setShown] = useState<Shown | null>(null);
  const fresh = useFresh(view.video);
  const [typed] = useState(drafts);
  const actions = useMemo(
    () => (reviewing ? actionsOf(reviewing.commands, host.talk) : NO_ACTIONS),
    [reviewing, host.talk],
  );
  useTheme(theme);
  useMicrophoneKeys(host, reviewing, view);
  useEffect(() => setShown(fresh), [fresh]);

  const openOptions = settings ? () => setTab("settings") : host.openOptions;
  const title = view.video.title || subject?.video.title || (subject ? subject.video.url : "Sidenote");
  const canWrite = view.video.state !== "unsupported" && (tab === "notes" || tab === "agent");
  const tabs = [
    { id: "notes", label: "Notes", count: view.video.notes.length || undefined },
    { id: "library", label: "Library" },
    { id: "agent", label: "Agent" },
    ...(settings ? [{ id: "settings", label: "Settings" }] : []),
  ];
  return (
    <div class="panel">
      <Header title={title} connection={view.connection} waitingS={talk.waitingS} onSettings={openOptions} />
      <Notices
        host={host}
        reviewing={reviewing}
        view={view}
        openOptions={openOptions}
        onLook={(id) => {
          setTab("notes");
          setShown({ id, asked: true });
        }}
      />
      <Talking host={host} view={view} steps={1} />
      <Tabs tabs={tabs} selected={tab} onSelect={setTab} label="Views" />
      <div class={`panel-body of-${tab}`} {...panelProps(tab)}>
        {tab === "notes" && (
          <Notes host={host} reviewing={reviewing} view={view} subject={subject} actions={actions} shown={shown} />
        )}
        {tab === "library" && <LibraryTab host={host} openOptions={openOptions} />}
        {tab === "agent" && (
          <>
            <SessionInfo view={view} talk={talk} />
            <Utterances view={view} />
            <h3>Keys</h3>
            <KeyHints hints={KEY_HINTS} mac={isMac(navigator.platform)} />
          </>
        )}
        {tab === "settings" && settings}
      </div>
      {reviewing && subject && canWrite && (
        <footer class="panel-foot">
          <Writing host={host} reviewing={reviewing} subject={subject} drafts={typed} />
        </footer>
      )}
    </div>
  );
}
