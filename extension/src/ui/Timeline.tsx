// The notes on a bar as long as the video. A click goes to the nearest note, or to the time; arrow keys move the
// playhead. Without a duration there is no bar, and that is said.

import { useMemo, useRef, useState } from "preact/hooks";
import { categoryColor, categoryWord, type NoteView } from "./note";
import { formatTime, spokenTime } from "./time";

export interface TimelineProps {
  readonly notes: readonly NoteView[];
  readonly durationS: number | null;
  readonly positionS: number | null;
  readonly onSeek: (timeS: number) => void;
  readonly onPick: (note: NoteView) => void;
}

const KEY_STEPS_S: Readonly<Record<string, number>> = {
  ArrowLeft: -5,
  ArrowRight: 5,
  ArrowDown: -5,
  ArrowUp: 5,
  PageDown: -30,
  PageUp: 30,
};
const NEAR_PX = 6;
const MARKS = 240;

export function Timeline({ notes, durationS, positionS, onSeek, onPick }: TimelineProps) {
  const bar = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<NoteView | number | null>(null);
  const known = durationS !== null && Number.isFinite(durationS) && durationS > 0;
  const marks = useMemo(() => (known ? marksOf(notes, durationS) : []), [notes, known, durationS]);

  if (!known) {
    return (
      <div class="timeline none">
        <p class="hint">The length of this video is not known, so there is no timeline. The notes keep their times.</p>
      </div>
    );
  }

  const shareOf = (timeS: number) => Math.min(1, Math.max(0, timeS / durationS));
  const whatIsAt = (clientX: number): NoteView | number => {
    const box = bar.current?.getBoundingClientRect();
    const widthPx = box?.width || 1;
    const xPx = Math.min(widthPx, Math.max(0, clientX - (box?.left ?? 0)));
    return nearest(notes, (xPx / widthPx) * durationS, (NEAR_PX / widthPx) * durationS) ?? (xPx / widthPx) * durationS;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = KEY_STEPS_S[event.key];
    const to =
      event.key === "Home" ? 0 : event.key === "End" ? durationS : step === undefined ? null : (positionS ?? 0) + step;
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onSeek(Math.min(durationS, Math.max(0, to)));
  };

  return (
    <div class="timeline">
      <div
        ref={bar}
        class="timeline-bar"
        role="slider"
        tabIndex={0}
        aria-label="Position in the video"
        aria-valuemin={0}
        aria-valuemax={Math.floor(durationS)}
        aria-valuenow={Math.floor(positionS ?? 0)}
        aria-valuetext={`${spokenTime(positionS ?? 0)} of ${spokenTime(durationS)}`}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => setPointed(whatIsAt(event.clientX))}
        onPointerLeave={() => setPointed(null)}
        onClick={(event) => {
          const there = whatIsAt(event.clientX);
          if (typeof there === "number") onSeek(there);
          else onPick(there);
        }}
      >
        <span class="timeline-track" />
        {positionS !== null && <span class="timeline-played" style={{ width: `${shareOf(positionS) * 100}%` }} />}
        {marks.map((mark) => (
          <span
            key={mark.bin}
            class={mark.notes > 1 ? "timeline-mark many" : "timeline-mark"}
            style={{ left: `${(mark.bin / MARKS) * 100}%`, background: categoryColor(mark.category) }}
          />
        ))}
        {positionS !== null && <span class="timeline-head" style={{ left: `${shareOf(positionS) * 100}%` }} />}
      </div>
      <p class="timeline-words hint timecode" aria-hidden="true">
        <span class="timeline-said">{pointed === null ? formatTime(positionS) : words(pointed)}</span>
        <span>{formatTime(durationS)}</span>
      </p>
    </div>
  );
}

function words(pointed: NoteView | number): string {
  if (typeof pointed === "number") return formatTime(pointed);
  return `${formatTime(pointed.timestamp_s)} · ${categoryWord(pointed.category)} · ${pointed.text}`;
}

function nearest(notes: readonly NoteView[], timeS: number, withinS: number): NoteView | null {
  let [found, awayS]: [NoteView | null, number] = [null, withinS];
  for (const note of notes) {
    if (note.timestamp_s === null) continue;
    const away = Math.abs(note.timestamp_s - timeS);
    if (away <= awayS) [found, awayS] = [note, away];
  }
  return found;
}

interface Mark {
  readonly bin: number;
  readonly category: string;
  readonly notes: number;
}

/** At most one mark for each sliver of the bar, in the colour of the first note there. */
export function marksOf(notes: readonly NoteView[], durationS: number): readonly Mark[] {
  const marks = new Map<number, Mark>();
  for (const { timestamp_s, category } of notes) {
    if (timestamp_s === null) continue;
    const bin = Math.round(Math.min(1, Math.max(0, timestamp_s / durationS)) * MARKS);
    const there = marks.get(bin);
    marks.set(bin, { bin, category: there?.category ?? category, notes: (there?.notes ?? 0) + 1 });
  }
  return [...marks.values()];
}
