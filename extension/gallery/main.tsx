// Every component in every state on one page, for the eye, for axe-core and for the screenshots. The page is no part of
// the extension. `?theme=light` or `dark` overrides the system.

import "../src/look/index.css";
import "./gallery.css";
import { type ComponentChildren, render } from "preact";
import { useMemo, useState } from "preact/hooks";
import { ConnectionChip } from "../src/ui/ConnectionChip";
import { Empty } from "../src/ui/Empty";
import { ExportMenu } from "../src/ui/ExportMenu";
import { Field, Select, Switch } from "../src/ui/Field";
import { Filters } from "../src/ui/Filters";
import { EVERYTHING, filterNotes } from "../src/ui/filter";
import { KeyHints } from "../src/ui/KeyHints";
import { LevelMeter } from "../src/ui/LevelMeter";
import { NoteBox } from "../src/ui/NoteBox";
import { NoteList } from "../src/ui/NoteList";
import { NoteRow } from "../src/ui/NoteRow";
import { Notice } from "../src/ui/Notice";
import type { NoteActions } from "../src/ui/note";
import { Partial } from "../src/ui/Partial";
import { RecordButton } from "../src/ui/RecordButton";
import { Steps } from "../src/ui/Steps";
import { panelProps, Tabs } from "../src/ui/Tabs";
import { Timeline } from "../src/ui/Timeline";
import { type LevelSource, Waveform } from "../src/ui/Waveform";
import { many, note, ONE_OF_EACH, POSTING, STEPS } from "./samples";

const DURATION_S = 5400;
const nothing = () => {};
const ACTIONS: NoteActions = {
  onSeek: nothing,
  onEdit: async () => true,
  onConfirm: nothing,
  onScratch: nothing,
  onPost: nothing,
  onRetry: nothing,
  onSettle: nothing,
};

/** A voice, more or less: the same one at every visit. */
const voice: LevelSource = (onLevel) => {
  let tick = 0;
  const timer = setInterval(() => {
    tick += 1;
    onLevel(0.12 * Math.abs(Math.sin(tick / 5) * Math.sin(tick / 1.7)) ** 1.5);
  }, 25);
  return () => clearInterval(timer);
};

function Exhibit(props: { readonly title: string; readonly kind?: string; readonly children: ComponentChildren }) {
  return (
    <section class={`exhibit ${props.kind ?? ""}`} aria-label={props.title}>
      <h2>{props.title}</h2>
      <div class="exhibit-box">{props.children}</div>
    </section>
  );
}

function ManyNotes() {
  const notes = useMemo(() => many(2000, DURATION_S), []);
  const [filter, setFilter] = useState(EVERYTHING);
  const [positionS, setPositionS] = useState(1260);
  const [currentId, setCurrentId] = useState<string | null>("n2");
  const shown = useMemo(() => filterNotes(notes, filter), [notes, filter]);
  return (
    <>
      <Timeline
        notes={shown.filter((_, index) => index % 25 === 0)}
        durationS={DURATION_S}
        positionS={positionS}
        onSeek={setPositionS}
        onPick={({ id }) => setCurrentId(id)}
      />
      <Filters value={filter} onChange={setFilter} shown={shown.length} total={notes.length} />
      <div class="gallery-list" id="many">
        <NoteList
          notes={shown}
          actions={ACTIONS}
          currentId={currentId}
          durationS={DURATION_S}
          empty={
            <Empty
              title="No note matches"
              text="Other words, or any category and status, may find it."
              action={{ label: "Show all notes", onAct: () => setFilter(EVERYTHING) }}
            />
          }
        />
      </div>
    </>
  );
}

function Options() {
  const [address, setAddress] = useState("http://127.0.0.1:8765");
  const [microphone, setMicrophone] = useState<"default" | "usb">("default");
  const [post, setPost] = useState(false);
  return (
    <form class="gallery-form">
      <Field label="Server" value={address} onInput={setAddress} hint="Where `sidenote serve` runs." />
      <Field
        label="Token"
        value="abc"
        onInput={nothing}
        type="password"
        fault="This token has ended. Run `sidenote token` and paste the new one."
        beside={
          <button type="button" class="button">
            Check
          </button>
        }
      />
      <Select
        label="Microphone"
        value={microphone}
        onChange={setMicrophone}
        options={[
          { value: "default", label: "System default" },
          { value: "usb", label: "USB microphone" },
        ]}
        hint="Say something: the bar below should move."
      />
      <LevelMeter level={0.06} />
      <LevelMeter level={0.9} label="A loud microphone" />
      <LevelMeter level={0} label="A silent microphone" />
      <Switch
        label="Post by itself"
        hint="A note that is sure is posted after five seconds, unless you scratch it."
        on={post}
        onChange={setPost}
      />
      <Switch label="Echo cancellation" on={true} onChange={nothing} />
      <Switch label="Pause the video while I speak" on={false} onChange={nothing} disabled hint="No video here." />
    </form>
  );
}

function Gallery() {
  const [tab, setTab] = useState("notes");
  const [editingId, setEditingId] = useState<string | null>("edited");
  const [talking, setTalking] = useState(false);
  return (
    <>
      <h1 class="gallery-title">Sidenote: every component</h1>
      <Exhibit title="A note in each status" kind="bare">
        {ONE_OF_EACH.map((each) => (
          <NoteRow
            key={each.id}
            note={each}
            posting={POSTING[each.id]}
            editing={each.id === editingId}
            onEditing={({ id }, on) => setEditingId(on ? id : null)}
            actions={ACTIONS}
            reachable
            current={each.id === "firmed"}
          />
        ))}
        <NoteRow
          note={note({ id: "edited" })}
          editing={editingId === "edited"}
          onEditing={(_, on) => setEditingId(on ? "edited" : null)}
          actions={ACTIONS}
          reachable
        />
      </Exhibit>
      <Exhibit title="Talk">
        <Waveform levels={voice} active />
        <Partial text="The cut to the drone shot comes two frames ear" firm={36} />
        <div class="gallery-records">
          <RecordButton
            mode="hold"
            state={talking ? "listening" : "idle"}
            onPress={() => setTalking(true)}
            onRelease={() => setTalking(false)}
          />
          <RecordButton mode="toggle" state="listening" onPress={nothing} onRelease={nothing} />
          <RecordButton mode="toggle" state="starting" onPress={nothing} onRelease={nothing} />
        </div>
        <RecordButton
          mode="hold"
          state="idle"
          onPress={nothing}
          onRelease={nothing}
          refused="The microphone is not allowed here. Allow it in the options."
        />
        <Waveform levels={voice} active={false} />
        <Partial text="" firm={0} waiting="Hold the button and say what you see." />
      </Exhibit>
      <Exhibit title="Write">
        <NoteBox positionS={65} durationS={DURATION_S} title="Autumn teaser, second cut" onSave={async () => null} />
        <NoteBox positionS={null} durationS={null} onSave={async () => "The server is away. Your text stays here."} />
      </Exhibit>
      <Exhibit title="Connection and notices">
        <div class="gallery-pair">
          <ConnectionChip state="online" waitingS={0} />
          <ConnectionChip state="connecting" waitingS={0} />
          <ConnectionChip state="offline" waitingS={12.3} />
          <ConnectionChip state="online" waitingS={4} />
        </div>
        <Notice
          kind="error"
          text="Another program uses the microphone. Close it, then try again."
          action={{ label: "Try again", onAct: nothing }}
        />
        <Notice kind="warning" text="This video plays aloud: use headphones, or hold to talk." onDismiss={nothing} />
        <Notice kind="info" text="Your note was posted at 1:05." />
      </Exhibit>
      <Exhibit title="Agent">
        <Steps steps={STEPS} />
      </Exhibit>
      <Exhibit title="Timeline">
        <Timeline notes={ONE_OF_EACH} durationS={DURATION_S} positionS={1260} onSeek={nothing} onPick={nothing} />
        <Timeline notes={ONE_OF_EACH} durationS={null} positionS={3} onSeek={nothing} onPick={nothing} />
      </Exhibit>
      <Exhibit title="Tabs and menus" kind="bare">
        <Tabs
          label="Views"
          tabs={[
            { id: "notes", label: "Notes", count: 24 },
            { id: "library", label: "Library" },
            { id: "keys", label: "Keys" },
          ]}
          selected={tab}
          onSelect={setTab}
        />
        <div class="exhibit-box gallery-panel" {...panelProps(tab)}>
          <KeyHints
            mac={false}
            hints={[
              { keys: "Mod+K", does: "Start or stop the microphone" },
              { keys: "Mod+Enter", does: "Post the note" },
              { keys: "Esc", does: "Drop what was just said" },
            ]}
          />
          <div class="menu-room">
            <ExportMenu
              items={[
                { id: "md", label: "Markdown", hint: "for a mail" },
                { id: "csv", label: "CSV", hint: "for a table" },
                { id: "edl", label: "EDL", hint: "for an editor" },
                { id: "otio", label: "OpenTimelineIO", hint: "for an editor" },
              ]}
              onPick={nothing}
            />
          </div>
        </div>
      </Exhibit>
      <Exhibit title="Empty" kind="bare">
        <Empty
          title="No notes yet"
          text="Hold the button and say what you see. The note gets the time at which you began to speak."
          icon="microphone"
          action={{ label: "Write one instead", onAct: nothing }}
        />
      </Exhibit>
      <Exhibit title="Options">
        <Options />
      </Exhibit>
      <Exhibit title="Two thousand notes" kind="wide">
        <ManyNotes />
      </Exhibit>
    </>
  );
}

const theme = new URLSearchParams(location.search).get("theme");
if (theme) document.documentElement.setAttribute("data-theme", theme);
const place = document.getElementById("gallery");
if (place) render(<Gallery />, place);
