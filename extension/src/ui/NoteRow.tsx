// One note: when, what, how sure, what became of it, and what can be done with it. Draws what it is given.

import { Icon, type IconName } from "../look/Icon";
import { isPostKey } from "./keys";
import { NoteEdit } from "./NoteEdit";
import {
  actsOf,
  categoryColor,
  categoryWord,
  confidenceWord,
  coverageWords,
  type NoteAct,
  type NoteActions,
  type NoteView,
  type Posting,
  safeLink,
  statusWords,
  stepWords,
} from "./note";
import { formatTime, spokenTime } from "./time";

export interface NoteRowProps {
  readonly note: NoteView;
  readonly posting?: Posting | undefined;
  readonly editing: boolean;
  readonly onEditing: (note: NoteView, editing: boolean) => void;
  readonly actions: NoteActions;
  /** Whether Tab stops here: one row of a list at a time. */
  readonly reachable: boolean;
  readonly current?: boolean | undefined;
  readonly durationS?: number | null | undefined;
}

interface ActLook {
  readonly word: string;
  readonly icon: IconName;
  readonly shown: "word" | "icon";
  readonly key?: string;
}

const ACTS: Readonly<Record<NoteAct, ActLook>> = {
  confirm: { word: "Confirm", icon: "check", shown: "icon", key: "c" },
  edit: { word: "Edit", icon: "pencil", shown: "icon", key: "e" },
  scratch: { word: "Scratch", icon: "scratch", shown: "icon", key: "Delete" },
  post: { word: "Post", icon: "send", shown: "word", key: "Control+Enter Meta+Enter" },
  retry: { word: "Retry", icon: "retry", shown: "word" },
  found: { word: "It is there", icon: "check", shown: "word" },
  absent: { word: "It is not there", icon: "retry", shown: "word" },
};

export function NoteRow(props: NoteRowProps) {
  const { note, posting, editing, onEditing, actions, reachable, current, durationS } = props;
  const { tone, word } = statusWords(note.status);
  const acts = actsOf(note);
  const tab = reachable ? 0 : -1;

  const act = (which: NoteAct) => {
    if (!acts.includes(which)) return;
    if (which === "edit") onEditing(note, true);
    if (which === "confirm") actions.onConfirm(note);
    if (which === "scratch") actions.onScratch(note);
    if (which === "post") actions.onPost(note);
    if (which === "retry") actions.onRetry(note);
    if (which === "found" || which === "absent") actions.onSettle(note, which === "found");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (editing) return;
    const which = isPostKey(event) ? (acts.includes("retry") ? "retry" : "post") : actOfKey(event);
    if (!which || !acts.includes(which)) return;
    event.preventDefault();
    act(which);
  };

  if (editing) {
    return (
      <article class="note editing" aria-label={rowName(note)} data-note={note.id}>
        <NoteEdit
          note={note}
          durationS={durationS ?? null}
          onSave={async (change, then) => {
            if (change) return actions.onEdit(note, change, then);
            if (then === "post") actions.onPost(note);
            return true;
          }}
          onClose={() => onEditing(note, false)}
        />
      </article>
    );
  }

  const link = note.status === "posted" ? safeLink(note.permalink) : null;
  const told = note.status === "posted" ? null : posting?.message || note.reason;
  const step = note.status === "posting" ? posting?.step : undefined;
  const partly = coverageWords(note.coverage);
  return (
    <article
      class={`note ${note.status}`}
      aria-label={rowName(note)}
      aria-current={current ? "true" : undefined}
      data-note={note.id}
      onKeyDown={onKeyDown}
    >
      <div class="note-when">
        <TimeButton note={note} tab={tab} onSeek={actions.onSeek} />
        <Confidence value={note.confidence} />
      </div>
      <div class="note-body">
        <p class="note-text" title={note.transcript ? `Heard: ${note.transcript}` : undefined}>
          {note.text}
        </p>
        {told && <p class={`note-told tone-${tone}`}>{told}</p>}
        <div class="note-foot">
          <span class="note-facts">
            <Category category={note.category} />
            {link ? (
              <a class="note-link" href={link} target="_blank" rel="noopener noreferrer" tabIndex={tab}>
                Posted <PostedMark /> open
                <span class="unseen"> the comment in a new tab</span>
              </a>
            ) : (
              <span class={`note-status tone-${tone}`}>
                {word}
                {step && ` · ${stepWords(step)}`}
              </span>
            )}
            {partly && (
              <span class="note-status tone-warn" title="Part of what you said did not become text. Check this note.">
                {partly}
              </span>
            )}
          </span>
          {acts.length > 0 && (
            <span class="note-acts">
              {acts.map((which) => (
                <ActButton key={which} which={which} tab={tab} onAct={() => act(which)} />
              ))}
            </span>
          )}
        </div>
      </div>
    </article>
  );
}

function TimeButton(props: { readonly note: NoteView; readonly tab: number; readonly onSeek: NoteActions["onSeek"] }) {
  const { note, tab, onSeek } = props;
  const at = note.timestamp_s;
  return (
    <button
      type="button"
      class="note-time timecode"
      tabIndex={tab}
      aria-disabled={at === null ? "true" : undefined}
      aria-label={at === null ? `${formatTime(null)} This note has no time` : `Go to ${formatTime(at)}`}
      onClick={() => at !== null && onSeek(note)}
    >
      {formatTime(at)}
    </button>
  );
}

function ActButton(props: { readonly which: NoteAct; readonly tab: number; readonly onAct: () => void }) {
  const { word, icon, shown, key } = ACTS[props.which];
  const title = key ? `${word} (${key.replace(" Meta+Enter", "").replace("Control", "Ctrl/⌘")})` : word;
  return (
    <button
      type="button"
      class={shown === "icon" ? "button small bare only-icon aside" : "button small"}
      tabIndex={props.tab}
      title={title}
      aria-keyshortcuts={key}
      aria-label={shown === "icon" ? word : undefined}
      data-act={props.which}
      onClick={props.onAct}
    >
      <Icon name={icon} />
      {shown === "word" && word}
    </button>
  );
}

export function Category({ category }: { readonly category: string }) {
  return (
    <span class="category">
      <span class="dot" style={{ background: categoryColor(category) }} />
      {categoryWord(category)}
    </span>
  );
}

export function Confidence({ value }: { readonly value: number }) {
  const share = Math.min(1, Math.max(0, value));
  const word = confidenceWord(share);
  return (
    <span class={`confidence ${word.toLowerCase()}`} title={`Confidence ${Math.round(share * 100)} %`}>
      <span class="confidence-bar" aria-hidden="true">
        <span style={{ width: `${Math.round(share * 100)}%` }} />
      </span>
      <span class="unseen">Confidence: </span>
      {word}
    </span>
  );
}

/** The ✅ of a posted note, drawn, so that it looks the same with every font. */
function PostedMark() {
  return (
    <span class="posted-mark" aria-hidden="true">
      ✅
      <Icon name="check" />
    </span>
  );
}

function rowName(note: NoteView): string {
  const when = note.timestamp_s === null ? "without a time" : `at ${spokenTime(note.timestamp_s)}`;
  return `${categoryWord(note.category)} note ${when}, ${statusWords(note.status).word}`;
}

function actOfKey(event: KeyboardEvent): NoteAct | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "e" || event.key === "E") return "edit";
  if (event.key === "c" || event.key === "C") return "confirm";
  return event.key === "Delete" ? "scratch" : null;
}
