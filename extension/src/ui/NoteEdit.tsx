// A note being changed in place: text, category, time. Enter keeps, ⌘/Ctrl+Enter posts, Esc leaves it as it was.
// What was typed stays until it is saved, also when the note changes elsewhere meanwhile; that is said.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { CategorySelect } from "./CategorySelect";
import { isKeepKey, isPostKey } from "./keys";
import { type NoteChange, type NoteView, statusWords, TEXT_LIMIT, type Then } from "./note";
import { TimeField } from "./TimeField";
import { formatTime, parseTime } from "./time";

export interface NoteEditProps {
  readonly note: NoteView;
  readonly durationS: number | null;
  /** `change` is null where nothing was changed. */
  readonly onSave: (change: NoteChange | null, then: Then) => void;
  readonly onCancel: () => void;
}

export function NoteEdit({ note, durationS, onSave, onCancel }: NoteEditProps) {
  const [seen] = useState(note);
  const [text, setText] = useState(note.text);
  const [category, setCategory] = useState(note.category);
  const timeAtFirst = note.timestamp_s === null ? "" : formatTime(note.timestamp_s);
  const [time, setTime] = useState(timeAtFirst);
  const [tried, setTried] = useState(false);
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

  const save = (then: Then) => {
    setTried(true);
    if (textFault || timeFault) return;
    const change = {
      ...(text.trim() !== seen.text && { text: text.trim() }),
      ...(category !== seen.category && { category }),
      ...(parsed?.ok && { timestamp_s: parsed.timeS }),
    };
    onSave(Object.keys(change).length > 0 ? { ...change, revision: seen.revision } : null, then);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const inText = event.target === field.current || event.target instanceof HTMLInputElement;
    if (event.key === "Escape") onCancel();
    else if (isPostKey(event)) save("post");
    else if (inText && isKeepKey(event)) save("keep");
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
        save("keep");
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
        <TimeField value={time} fault={timeFault} onInput={setTime} />
        <CategorySelect value={category} onChange={setCategory} />
      </div>
      {note.revision !== seen.revision && (
        <p class="hint" role="status">
          This note has changed elsewhere ({statusWords(note.status).word}: “{note.text}”). Cancel to see it.
        </p>
      )}
      <div class="note-edit-line end">
        <button type="button" class="button small bare" onClick={onCancel}>
          Cancel
        </button>
        <button type="submit" class="button small">
          Save
        </button>
        <button type="button" class="button small main" onClick={() => save("post")}>
          Save and post
        </button>
      </div>
    </form>
  );
}
