// What became of each sentence, step by step, from the events of the session. A step takes the place of an earlier one
// with the same id, so an event that comes twice shows once.

import type { RunState, SessionEvent, ToolResult, ToolStart, Unfinished } from "../wire/messages";
import type { TimelineStep, Utterance } from "./view";
import { doneWords, INTENT_WORDS, stepSentence, TOOL_WORDS } from "./words";

const SHOWN = 30; // utterances

export function takeStep(timeline: readonly Utterance[], event: SessionEvent): readonly Utterance[] {
  const told = stepOf(event);
  return told ? withStep(timeline, told.utterance, told.step, told.opens) : timeline;
}

/** How far each unfinished run is; `ended` is the one that has just come to its end. */
export function takeRuns(
  timeline: readonly Utterance[],
  runs: readonly Unfinished[],
  ended: Unfinished | null,
): readonly Utterance[] {
  const states = new Map<number, RunState>(
    [...(ended ? [ended] : []), ...runs].map((run) => [run.utterance, run.state]),
  );
  if (!timeline.some(({ number, state }) => states.has(number) && states.get(number) !== state)) return timeline;
  return timeline.map((each) => ({ ...each, state: states.get(each.number) ?? each.state }));
}

/** What a snapshot tells of the past: the runs that are not finished. */
export function timelineOf(runs: readonly Unfinished[]): readonly Utterance[] {
  return runs.map(({ utterance, state }) => ({ number: utterance, state, steps: [] }));
}

interface Told {
  readonly utterance: number;
  readonly step: TimelineStep;
  /** The utterance may be new; a late word about an old one opens no line for it. */
  readonly opens: boolean;
}

function stepOf({ event, payload }: SessionEvent): Told | null {
  switch (event) {
    case "speech_started":
      return told(payload.utterance, "speech", "You are speaking", "running");
    case "speech_ended":
      return told(payload.utterance, "speech", "You spoke", "done");
    case "asr_partial":
      return told(payload.utterance, "heard", quoted(payload.text), "running");
    case "asr_final":
      return told(payload.utterance, "heard", quoted(payload.text), "done");
    case "model_delta":
      return told(payload.utterance, "understood", "Writing the note", "running");
    case "intent":
      return told(payload.utterance, "understood", INTENT_WORDS[payload.post ? "post" : payload.intent], "done");
    case "note_created":
      return payload.utterance === null ? null : told(payload.utterance, "note", "Made a note", "done");
    case "tool_start":
      return began(payload);
    case "tool_progress":
      return payload.utterance === null
        ? null
        : told(payload.utterance, "comment", stepSentence(payload.step), "running", false);
    case "tool_result":
      return ended(payload);
    case "agent_error":
      return payload.utterance === null ? null : told(payload.utterance, "failed", payload.message, "failed");
    default:
      return null;
  }
}

function began(start: ToolStart): Told | null {
  if (start.utterance === null) return null;
  return told(start.utterance, start.tool, TOOL_WORDS[start.tool], "running", start.tool !== "comment");
}

function ended(result: ToolResult): Told | null {
  if (result.utterance === null) return null;
  const state = result.ok ? "done" : "failed";
  return told(result.utterance, result.tool, doneWords(result), state, result.tool !== "comment");
}

function told(utterance: number, key: string, label: string, state: TimelineStep["state"], opens = true): Told {
  return { utterance, step: { id: `${utterance}:${key}`, label, state }, opens };
}

function quoted(text: string): string {
  return text.trim() === "" ? "Nothing could be made out" : `“${text.trim()}”`;
}

function withStep(
  timeline: readonly Utterance[],
  number: number,
  step: TimelineStep,
  opens: boolean,
): readonly Utterance[] {
  const index = timeline.findIndex((each) => each.number === number);
  const held = timeline[index];
  if (!held) {
    if (!opens) return timeline;
    const opened: Utterance = { number, state: null, steps: [step] };
    return [...timeline, opened].sort((a, b) => a.number - b.number).slice(-SHOWN);
  }
  const at = held.steps.findIndex(({ id }) => id === step.id);
  if (step.state === "running" && held.steps[at] && held.steps[at]?.state !== "running" && isOnce(step)) {
    return timeline; // it is over already
  }
  const steps = at === -1 ? [...held.steps, step] : held.steps.with(at, step);
  return timeline.with(index, { ...held, steps });
}

/** A comment may be tried again; everything else happens once to an utterance. */
function isOnce({ id }: TimelineStep): boolean {
  return !id.endsWith(":comment");
}
