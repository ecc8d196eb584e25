// A note that is typed: text, time, category. The time follows the player until the person begins to write; from then
// on it is theirs. Also the way to use the product without a microphone.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { CategorySelect } from "./CategorySelect";
import { isKeepKey, isPostKey } from "./keys";
import { TEXT_LIMIT, type Then } from "./note";
import { TimeField } from "./TimeField";
import { formatTime, parseTime } from "./time";

export interface TypedNote {
  readonly text: string;
  readonly category: string;
  readonly timestamp_s: number;
}

/** What is being typed and not saved yet. */
export interface Draft {
  readonly text: string;
  readonly category: string;
  /** As it was written; null where it follows the player. */
  readonly time: string | null;
}

export const NO_DRAFT: Draft = { text: "", category: "other", time: null };

export interface NoteBoxProps {
  /** Where the player stands; null when nobody knows. */
  readonly positionS: number | null;
  readonly durationS: number | null;
  /** The title of the video that the note is about. */
  readonly title?: string | undefined;
  /** What the box begins with, and who is told of each change of it. */
  readonly draft?: Draft | undefined;
  readonly onDraft?: ((draft: Draft) => void) | undefined;
  /** Resolves when the note is stored (the box empties, if nothing else was typed meanwhile), to a sentence when it is not (the text stays). */
  readonly onSave: (note: TypedNote, then: Then) => Promise<string | null>;
}

export function NoteBox({ positionS, durationS, title, draft = NO_DRAFT, onDraft, onSave }: NoteBoxProps) {
  const [text, setText] = useState(draft.text);
  const [category, setCategory] = useState(draft.category);
  const [ownTime, setOwnTime] = useState(draft.time);
  const [saving, setSaving] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();

  useEffect(() => onDraft?.({ text, category, time: ownTime }), [text, category, ownTime, onDraft]);

  const now = positionS === null ? "" : formatTime(positionS);
  const time = ownTime ?? now;
  const parsed = parseTime(time, durationS);
  const timeFault = parsed.ok || ownTime === null ? null : parsed.message;

  const save = async (then: Then) => {
    if (saving) return;
    if (text.trim() === "") {
      setRefusal("Write what the note says.");
      field.current?.focus();
      return;
    }
    if (!parsed.ok) {
      setOwnTime(time);
      return;
    }
    setSaving(true);
    const refused = await onSave({ text: text.trim(), category, timestamp_s: parsed.timeS }, then);
    setSaving(false);
    setRefusal(refused);
    if (refused !== null || field.current?.value !== text) return; // the next note is begun
    setText(NO_DRAFT.text);
    setOwnTime(NO_DRAFT.time);
    setCategory(NO_DRAFT.category);
    field.current?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const then = isPostKey(event) ? "post" : isKeepKey(event) && isText(event.target) ? "keep" : null;
    if (!then) return;
    event.preventDefault();
    void save(then);
  };

  return (
    <form
      class="note-box"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        void save("keep");
      }}
    >
      {title && <p class="note-box-title hint">{title}</p>}
      <label class="unseen" for={id}>
        Write a note
      </label>
      <textarea
        ref={field}
        id={id}
        class="input"
        rows={2}
        maxLength={TEXT_LIMIT}
        placeholder="Write a note…"
        value={text}
        aria-describedby={`${id}-told`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setRefusal(null);
          if (ownTime === null && positionS !== null) setOwnTime(now);
        }}
      />
      <div class="note-box-line">
        <TimeField value={time} fault={timeFault} onInput={setOwnTime} />
        {positionS !== null && ownTime !== null && ownTime !== now && (
          <button
            type="button"
            class="button small bare only-icon"
            aria-label={`Take the time of the player, ${now}`}
            title="Take the time of the player"
            onClick={() => setOwnTime(now)}
          >
            <Icon name="clock" />
          </button>
        )}
        <CategorySelect value={category} onChange={setCategory} />
        <button type="submit" class="button main" aria-disabled={saving ? "true" : undefined}>
          {saving ? "Saving…" : "Save"}
        </button>
      </div>
      <p class={refusal ? "fault" : "hint"} id={`${id}-told`} role="status">
        {refusal ?? (text.length > TEXT_LIMIT - 40 ? `${TEXT_LIMIT - text.length} characters left` : "")}
      </p>
    </form>
  );
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}
