// A note being changed in place: text, category, time. Enter keeps, ⌘/Ctrl+Enter posts, Esc leaves it as it was.
// What was typed stays until it is stored, also when that is refused or the note changes elsewhere meanwhile; that is
// said, and the next try takes its place.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { CategorySelect } from "./CategorySelect";
import { isKeepKey, isPostKey } from "./keys";
import { type NoteChange, type NoteView, statusWords, TEXT_LIMIT, type Then } from "./note";
import { TimeField } from "./TimeField";
import { formatTime, parseTime } from "./time";

export interface NoteEditProps {
  readonly note: NoteView;
  readonly durationS: number | null;
  /** Resolves to whether it was taken. `change` is null where nothing was changed. */
  readonly onSave: (change: NoteChange | null, then: Then) => Promise<boolean>;
  /** It is taken, or left as it was. */
  readonly onClose: () => void;
}

export function NoteEdit({ note, durationS, onSave, onClose }: NoteEditProps) {
  const [seen] = useState(note);
  const [text, setText] = useState(note.text);
  const [category, setCategory] = useState(note.category);
  const timeAtFirst = note.timestamp_s === null ? "" : formatTime(note.timestamp_s);
  const [time, setTime] = useState(timeAtFirst);
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [refused, setRefused] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);

  const timeChanged = time.trim() !== (seen.timestamp_s === null ? "" : formatTime(seen.timestamp_s));
  const parsed = timeChanged ? parseTime(time, durationS) : null;
  const timeFault = parsed && !parsed.ok ? parsed.message : null;
  const textFault = text.trim() === "" ? "Write what the note says, or scratch it." : null;

  const save = async (then: Then) => {
    if (saving) return;
    setTried(true);
    if (textFault || timeFault) return;
    const { revision } = refused ? note : seen; // a first try replaces nothing that was not seen
    const change = {
      ...(text.trim() !== seen.text && { text: text.trim() }),
      ...(category !== seen.category && { category }),
      ...(parsed?.ok && { timestamp_s: parsed.timeS }),
    };
    setSaving(true);
    const taken = await onSave(Object.keys(change).length > 0 ? { ...change, revision } : null, then);
    if (field.current === null) return; // left meanwhile
    setSaving(false);
    setRefused(!taken);
    if (taken) onClose();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const inText = event.target === field.current || event.target instanceof HTMLInputElement;
    if (event.key === "Escape") onClose();
    else if (isPostKey(event)) void save("post");
    else if (inText && isKeepKey(event)) void save("keep");
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <form
      class="note-edit"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void save("keep");
      }}
    >
      <label class="unseen" for={id}>
        Text of the note
      </label>
      <textarea
        ref={field}
        id={id}
        class="input"
        rows={2}
        maxLength={TEXT_LIMIT}
        value={text}
        readOnly={saving}
        aria-invalid={tried && textFault ? "true" : undefined}
        aria-describedby={tried && textFault ? `${id}-fault` : undefined}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      {tried && textFault && (
        <p class="fault" id={`${id}-fault`}>
          {textFault}
        </p>
      )}
      <div class="note-edit-line">
        <TimeField value={time} fault={timeFault} onInput={setTime} readOnly={saving} />
        <CategorySelect value={category} onChange={setCategory} disabled={saving} />
      </div>
      {note.revision !== seen.revision && (
        <p class="hint" role="status">
          This note has changed elsewhere ({statusWords(note.status).word}: “{note.text}”).{" "}
          {refused ? "Save again to put yours in its place, or cancel to leave it." : "Cancel to see it."}
        </p>
      )}
      <div class="note-edit-line end">
        <button type="button" class="button small bare" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="button small" aria-disabled={saving ? "true" : undefined}>
          {saving ? "Saving…" : "Save"}
        </button>
        <button
          type="button"
          class="button small main"
          aria-disabled={saving ? "true" : undefined}
          onClick={() => void save("post")}
        >
          Save and post
        </button>
      </div>
    </form>
  );
}
