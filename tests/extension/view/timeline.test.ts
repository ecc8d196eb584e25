// extension/src/view/timeline.ts: a sentence from its first sound to what came of it.

import { expect, test } from "vitest";
import { event, note, play, sessionSnapshot } from "./samples";

const heard = { utterance: 1, seq: 1 };
const ONE_NOTE = [
  event("speech_started", heard),
  event("asr_partial", { utterance: 1, text: "The music", firm: 4 }),
  event("speech_ended", heard),
  event("asr_final", { ...heard, text: "The music is too loud." }),
  event("model_delta", { utterance: 1, text: "Music" }),
  event("intent", { ...heard, intent: "create_note", post: false }),
  event("note_created", { ...heard, note: note() }),
];
const lines = (view: ReturnType<typeof play>, number = 1) =>
  view.timeline.find((each) => each.number === number)?.steps.map(({ label, state }) => `${state}: ${label}`);

test("each step has its words, and takes the place of its beginning", () => {
  expect(lines(play(ONE_NOTE.slice(0, 2)))).toEqual(["running: You are speaking", "running: “The music”"]);
  expect(lines(play(ONE_NOTE))).toEqual([
    "done: You spoke",
    "done: “The music is too loud.”",
    "done: It is a note",
    "done: Made a note",
  ]);
});

test("events that come twice show once", () => {
  expect(play([...ONE_NOTE, ...ONE_NOTE]).timeline).toEqual(play(ONE_NOTE).timeline);
});

test.each([
  ["seek", { ok: true, by_s: -10 }, "done: The video went back 10 s"],
  ["seek", { ok: true, to_s: 65 }, "done: The video went to 1:05"],
  ["playback", { ok: true, action: "pause" }, "done: The video is paused"],
  ["list", { ok: true, answer: "Three notes.", notes: [] }, "done: Three notes."],
  ["scratch", { ok: true, note: note({ status: "cancelled" }) }, "done: The note is scratched"],
  ["set_time", { ok: false, reason: "no_time", message: "Say a time." }, "failed: Say a time."],
  ["none", { ok: true, reason: "Too little was said." }, "done: Too little was said."],
] as const)("the tool %s tells what came of it: %o", (tool, result, words) => {
  const started = tool === "none" ? [] : [event("tool_start", { ...heard, tool, arguments: {} })];
  const view = play([...started, event("tool_result", { ...heard, tool, ...result })]);
  expect(lines(view)).toEqual([words]);
});

test("a failed step says so, and so does the run", () => {
  const failed = { ...heard, reason: "structuring_failed", message: "The model does not answer." };
  const view = play([...ONE_NOTE.slice(0, 4), event("agent_error", failed)]);
  expect(lines(view)?.at(-1)).toBe("failed: The model does not answer.");
});

test("what a worker does is shown with its sentence, again at each attempt, but opens no line of its own", () => {
  const about = { utterance: 1, tool: "comment", note_id: "n1", job_id: "j1" };
  const begun = event("tool_start", { ...about, arguments: { site: "practice", attempt: 1 }, seq: 10 });
  const failed = event("tool_result", { ...about, ok: false, reason: "queued", message: "Too slow.", seq: 11 });
  expect(play([begun, failed]).timeline).toEqual([]);
  expect(lines(play([...ONE_NOTE, begun, failed]))?.at(-1)).toBe("failed: Too slow.");
  expect(lines(play([...ONE_NOTE, begun, failed, begun]))?.at(-1)).toBe("running: Posting the comment…");
});

test("a run's state stands beside its sentence, to its end", () => {
  const state = { microphone: "idle", mode: "ptt", state: "transcribing", last_transition: 0, seq: 5 };
  const working = { ...state, utterance: 1, run: "transcribing", runs: [{ utterance: 1, state: "transcribing" }] };
  const done = { ...state, state: "idle", utterance: 1, run: "done", runs: [] };
  const view = play([...ONE_NOTE, event("state_changed", working)]);
  expect(view.timeline[0]?.state).toBe("transcribing");
  expect(play([event("state_changed", done)], view).timeline[0]?.state).toBe("done");
});

test("a snapshot begins the timeline anew, with what is under way", () => {
  const view = play([...ONE_NOTE, sessionSnapshot({ runs: [{ utterance: 4, state: "confirming" }] })]);
  expect(view.timeline).toEqual([{ number: 4, state: "confirming", steps: [] }]);
});

test("only the newest sentences are kept, in their order", () => {
  const many = Array.from({ length: 40 }, (_, n) => event("speech_started", { utterance: 40 - n, seq: n }));
  const numbers = play(many).timeline.map(({ number }) => number);
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, n) => n + 11));
});
