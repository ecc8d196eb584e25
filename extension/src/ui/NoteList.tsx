// A list of notes of any length: only the rows in view are in the document, and the row that has the focus or is being
// edited. Rows keep their place by note id: what comes in above does not push away what is being read. Arrow keys go
// from note to note. Knows no order and no filter.

import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { NoteRow } from "./NoteRow";
import type { NoteActions, NoteView, Posting } from "./note";
import { rowAt, rowsInView, rowTops } from "./rows";

export interface NoteListProps {
  readonly notes: readonly NoteView[];
  /** The same object at every draw, or every row is drawn anew. */
  readonly actions: NoteActions;
  readonly posting?: Readonly<Record<string, Posting>> | undefined;
  readonly currentId?: string | null | undefined;
  readonly durationS?: number | null | undefined;
  readonly label?: string | undefined;
  /** A note to bring into view: once for each object that is given. */
  readonly shown?: Shown | null | undefined;
  /** More notes can be fetched. `onEnd` asks for them, once for each length of the list. */
  readonly more?: boolean | undefined;
  readonly onEnd?: (() => void) | undefined;
  /** What stands here when there is no note. */
  readonly empty?: ComponentChildren;
}

export interface Shown {
  readonly id: string;
  /** The person asked for it, so it comes whatever else they do in the list. */
  readonly asked: boolean;
}

const GUESS_PX = 78;
const READING_MS = 8000; // after the person has scrolled: nothing moves what they read
const BEYOND_PX = 200;
const UNMEASURED_VIEW_PX = 600;
const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };

export function NoteList(props: NoteListProps) {
  const { notes, actions, posting, currentId, durationS, label = "Notes", shown, more, onEnd, empty } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const heights = useRef(new Map<string, number>());
  const anchor = useRef<{ readonly id: string; readonly intoPx: number } | null>(null);
  const focusNext = useRef<string | null>(null);
  /** The note that a key went to: it stays in view, whatever is measured, until the person scrolls. */
  const followed = useRef<string | null>(null);
  const movedToPx = useRef(0);
  const scrolledMs = useRef(Number.NEGATIVE_INFINITY);
  const wasShown = useRef<Shown | null>(null);
  const [measured, setMeasured] = useState(0);
  const [view, setView] = useState({ topPx: 0, heightPx: UNMEASURED_VIEW_PX });
  const [activeId, setActiveId] = useState<string | null>(null);
  const [editingId, setEditingId] = useState<string | null>(null);

  const places = useMemo(() => new Map(notes.map((note, index) => [note.id, index])), [notes]);
  const tops = useMemo(
    () =>
      rowTops(
        notes.map((note) => note.id),
        heights.current,
        GUESS_PX,
      ),
    [notes, measured],
  );
  const reachable = places.get(activeId ?? "") ?? 0;

  const look = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    setView({ topPx: box.scrollTop, heightPx: viewHeight(box) });
  }, []);

  const measure = useCallback(() => {
    let changed = false;
    for (const row of scroller.current?.querySelectorAll<HTMLElement>("li[data-row]") ?? []) {
      const [id, heightPx] = [row.dataset["row"] ?? "", row.offsetHeight];
      if (heightPx === 0 || heights.current.get(id) === heightPx) continue;
      heights.current.set(id, heightPx);
      changed = true;
    }
    if (changed) setMeasured((count) => count + 1);
  }, []);

  // One observer for the view and all rows in it, and one reading of heights for all rows that were drawn together.
  const [observer] = useState(
    () =>
      new ResizeObserver(() => {
        look();
        measure();
      }),
  );
  useEffect(() => {
    const box = scroller.current;
    if (box) observer.observe(box);
    look();
    return () => observer.disconnect();
  }, [look, observer]);

  const moveTo = useCallback(
    (topPx: number) => {
      const box = scroller.current;
      if (!box || Math.abs(box.scrollTop - topPx) <= 0.5) return;
      box.scrollTop = topPx;
      movedToPx.current = box.scrollTop;
      look();
    },
    [look],
  );

  const reveal = useCallback(
    (place: number) => {
      const box = scroller.current;
      if (!box) return;
      const [topPx, endPx] = [tops[place] ?? 0, tops[place + 1] ?? 0];
      if (topPx < box.scrollTop) moveTo(topPx);
      else if (endPx > box.scrollTop + viewHeight(box)) moveTo(endPx - viewHeight(box));
    },
    [tops, moveTo],
  );

  const holdOn = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    const first = rowAt(tops, box.scrollTop);
    const id = notes[first]?.id;
    anchor.current = box.scrollTop > 0 && id !== undefined ? { id, intoPx: box.scrollTop - (tops[first] ?? 0) } : null;
  }, [tops, notes]);

  // What is being read stays where it is, whatever was measured or came in above it.
  useLayoutEffect(() => {
    const kept = anchor.current;
    const place = kept ? places.get(kept.id) : undefined;
    if (kept && place !== undefined) moveTo((tops[place] ?? 0) + kept.intoPx);
    const following = places.get(followed.current ?? "");
    if (following !== undefined) reveal(following);
    holdOn();
  }, [tops, places, moveTo, reveal, holdOn]);

  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    if (Math.abs(box.scrollTop - movedToPx.current) > 1) {
      followed.current = null;
      scrolledMs.current = performance.now();
    }
    holdOn();
    look();
  };

  const range = rowsInView(tops, view.topPx, view.heightPx, BEYOND_PX);
  useLayoutEffect(measure, [measure, notes, range.first, range.end]);

  const asked = useRef(-1);
  useEffect(() => {
    if (!more || range.end < notes.length - 5 || asked.current === notes.length) return;
    asked.current = notes.length;
    onEnd?.();
  }, [more, range.end, notes.length, onEnd]);

  const goTo = (index: number) => {
    const note = notes[Math.min(notes.length - 1, Math.max(0, index))];
    if (!note) return;
    followed.current = note.id;
    focusNext.current = note.id;
    setActiveId(note.id);
    reveal(places.get(note.id) ?? 0);
    holdOn();
  };

  useLayoutEffect(() => {
    const id = focusNext.current;
    if (id === null) return;
    focusNext.current = null;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-note="${CSS.escape(id)}"] .note-time`);
    row?.focus({ preventScroll: true });
  });

  useLayoutEffect(() => {
    const place = places.get(shown?.id ?? "");
    if (!shown || place === undefined || shown === wasShown.current) return;
    wasShown.current = shown;
    const isReading = performance.now() - scrolledMs.current < READING_MS;
    if (!shown.asked && (isReading || scroller.current?.contains(document.activeElement))) return;
    if (shown.asked) return goTo(place);
    followed.current = shown.id;
    reveal(place);
  }, [shown, places, reveal]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.matches("input, textarea, select")) return;
    const step = STEPS[event.key];
    if (step === undefined && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    goTo(step !== undefined ? reachable + step : event.key === "Home" ? 0 : notes.length - 1);
  };

  const onEditing = useCallback((note: NoteView, editing: boolean) => {
    setEditingId(editing ? note.id : null);
    setActiveId(note.id);
    if (!editing) focusNext.current = note.id;
  }, []);

  const drawn = new Set<number>();
  for (let index = range.first; index < range.end; index++) drawn.add(index);
  for (const id of [activeId, editingId]) {
    const place = id === null ? undefined : places.get(id);
    if (place !== undefined) drawn.add(place);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrow keys go between the buttons of its rows
    <div class="note-list" ref={scroller} onScroll={onScroll} onKeyDown={onKeyDown}>
      {notes.length === 0 ? (
        empty
      ) : (
        // biome-ignore lint/a11y/noRedundantRoles: Safari drops the role of a list without bullets
        <ol class="note-rows" role="list" aria-label={label} style={{ height: `${tops[notes.length] ?? 0}px` }}>
          {[...drawn]
            .sort((a, b) => a - b)
            .map((index) => {
              const note = notes[index];
              return (
                note && (
                  <Row
                    key={note.id}
                    note={note}
                    index={index}
                    count={more ? -1 : notes.length}
                    topPx={tops[index] ?? 0}
                    posting={posting?.[note.id]}
                    reachable={index === reachable}
                    editing={note.id === editingId}
                    current={note.id === currentId}
                    durationS={durationS}
                    actions={actions}
                    onEditing={onEditing}
                    onActive={setActiveId}
                    observer={observer}
                  />
                )
              );
            })}
        </ol>
      )}
    </div>
  );
}

function viewHeight(box: HTMLElement): number {
  return box.clientHeight || UNMEASURED_VIEW_PX;
}

interface RowProps {
  readonly note: NoteView;
  readonly index: number;
  readonly count: number;
  readonly topPx: number;
  readonly posting: Posting | undefined;
  readonly reachable: boolean;
  readonly editing: boolean;
  readonly current: boolean;
  readonly durationS: number | null | undefined;
  readonly actions: NoteActions;
  readonly onEditing: (note: NoteView, editing: boolean) => void;
  readonly onActive: (id: string) => void;
  readonly observer: ResizeObserver;
}

/** A row at its place. Its inside is drawn again only when the note or its state has changed. */
function Row(props: RowProps) {
  const { note, posting, reachable, editing, current, durationS, actions, onEditing, observer } = props;
  const place = useRef<HTMLLIElement>(null);

  useEffect(() => {
    const row = place.current;
    if (!row) return;
    observer.observe(row);
    return () => observer.unobserve(row);
  }, [observer]);

  const inside = useMemo(
    () => (
      <NoteRow
        note={note}
        posting={posting}
        reachable={reachable}
        editing={editing}
        current={current}
        durationS={durationS}
        actions={actions}
        onEditing={onEditing}
      />
    ),
    [note, posting, reachable, editing, current, durationS, actions, onEditing],
  );
  return (
    <li
      ref={place}
      data-row={note.id}
      aria-posinset={props.index + 1}
      aria-setsize={props.count}
      style={{ transform: `translateY(${props.topPx}px)` }}
      onFocusIn={() => props.onActive(note.id)}
    >
      {inside}
    </li>
  );
}
