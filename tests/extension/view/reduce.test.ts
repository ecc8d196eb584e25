// extension/src/view/reduce.ts: connection, session, the text being heard, notices; notes, posts and timeline have files
// of their own.

import { describe, expect, test } from "vitest";
import type { Action } from "../../../extension/src/view/action";
import { event, note, noteEvent, play, SHOWING, sessionSnapshot, videoSnapshot } from "./samples";

const at = (utterance: number, more: object = {}) => ({ utterance, seq: 1, ...more });
const stateChanged = (given: object) =>
  event("state_changed", {
    microphone: "listening",
    mode: "ptt",
    state: "listening",
    utterance: null,
    run: null,
    runs: [],
    last_transition: 0,
    seq: 1,
    ...given,
  });
const partial = (text: string, firm = 0, utterance = 1) => event("asr_partial", { utterance, text, firm });

describe("what a view does not know it leaves alone", () => {
  test.each([
    ["an event of a later version", event("mood_changed", { mood: "good", seq: 1 })],
    ["presence", event("presence_state", { ada: { metas: [] } }, "video:v1")],
    ["the glossary", event("glossary_changed", { terms: [], seq: 1 }, "user:ada")],
    ["another session", event("speech_started", at(1), "session:other")],
    [
      "another video's end",
      { kind: "topic_refused", topic: "video:v0", refusal: { reason: "not_found", message: "" }, forGood: true },
    ],
    ["pages of another video", { kind: "notes_paged", videoId: "v0", notes: [note({ video_id: "v0" })], last: true }],
  ] as const)("%s", (_case, action) => {
    const { notices, ...view } = play([action as Action]);
    expect({ ...view, notices }).toEqual(SHOWING);
  });
});

describe("the text that is being heard", () => {
  const speaking = [event("speech_started", at(1)), partial("The mu"), partial("The music is", 4)];
  const ended = event("speech_ended", at(1));

  test("stands with what is firm of it, until the final text is there", () => {
    expect(play(speaking).heard).toEqual({ utterance: 1, text: "The music is", firm: 4, over: false });
    const released = [...speaking, ended, stateChanged({ microphone: "idle", state: "transcribing" })];
    expect(play(released).heard).toMatchObject({ text: "The music is", over: true });
    expect(play([...released, event("asr_final", at(1, { text: "The music is too loud." }))]).heard).toBeNull();
  });

  test.each([
    ["Esc", [stateChanged({ microphone: "idle", state: "idle" })]],
    ["a microphone that stopped", [stateChanged({ microphone: "error", state: "error" })]],
    ["a failure", [event("agent_error", at(1, { reason: "transcribing_failed", message: "No." }))]],
    ["nothing intelligible", [ended, stateChanged({ microphone: "idle", utterance: 1, run: "done" })]],
    ["a server that knows nothing of it", [sessionSnapshot()]],
    ["another session", [{ kind: "session_changed", sessionId: "s2" }]],
  ] as const)("goes with %s", (_case, actions) => {
    expect(play([...speaking, ...(actions as readonly Action[])]).heard).toBeNull();
  });

  test("of the next sentence is not ended by the final of the one before", () => {
    const next = [...speaking, ended, event("speech_started", at(2)), partial("And", 0, 2)];
    expect(play([...next, event("asr_final", at(1, { text: "The music is too loud." }))]).heard).toMatchObject({
      text: "And",
    });
    expect(play([...next, partial("The music is too", 0, 1)]).heard).toMatchObject({ text: "And" });
  });
});

describe("the session", () => {
  test("is what the snapshot says, then what changes", () => {
    const runs = [{ utterance: 3, state: "confirming" }];
    const view = play([sessionSnapshot({ microphone: "paused", mode: "hands-free", state: "paused", runs })]);
    expect(view.session).toEqual({ id: "s1", microphone: "paused", mode: "hands-free", state: "paused", runs });
    expect(play([stateChanged({})], view).session).toMatchObject({ id: "s1", microphone: "listening", runs: [] });
  });

  test("another one takes nothing over", () => {
    const view = play([event("speech_started", at(1)), { kind: "session_changed", sessionId: "s2" }]);
    expect(view).toMatchObject({ session: { id: "s2", state: "idle" }, heard: null, timeline: [] });
  });

  test("the same one changes nothing", () => {
    const view = play([event("speech_started", at(1))]);
    expect(play([{ kind: "session_changed", sessionId: "s1" }], view)).toBe(view);
  });
});

describe("the video", () => {
  test("is loading, ready, refused, unsupported or none", () => {
    const states = (actions: readonly Action[]) => play(actions).video.state;
    const lost = { reason: "not_found", message: "There is none." };
    expect(states([])).toBe("loading");
    expect(states([videoSnapshot([])])).toBe("ready");
    expect(states([{ kind: "caught_up", topic: "video:v1" }])).toBe("ready");
    expect(states([{ kind: "topic_refused", topic: "video:v1", refusal: lost, forGood: true }])).toBe("refused");
    expect(states([{ kind: "topic_refused", topic: "video:v1", refusal: lost, forGood: false }])).toBe("loading");
    expect(states([{ kind: "video_changed", video: { id: null, title: "", supported: false } }])).toBe("unsupported");
    expect(states([{ kind: "video_changed", video: { id: null, title: "", supported: true } }])).toBe("loading");
    expect(states([{ kind: "video_changed", video: null }])).toBe("none");
  });

  test("named again keeps its notes", () => {
    const again = { kind: "video_changed", video: { id: "v1", title: "Its title", supported: true } } as const;
    expect(play([noteEvent(note()), again]).video).toMatchObject({ title: "Its title", notes: [{ id: "n1" }] });
  });
});

describe("notices", () => {
  const refusal = { reason: "revision_conflict", message: "Another one is stored." };

  test("have a sentence and what can be done", () => {
    const view = play([{ kind: "command_refused", noteId: "n1", refusal }]);
    expect(view.notices).toMatchObject([{ tone: "warning", action: "look_at_note", noteId: "n1" }]);
    expect(view.notices[0]?.words).not.toBe("");
  });

  test.each([
    ["a failed step", event("agent_error", at(1, { reason: "capture", message: "The microphone is gone." })), "error"],
    ["a word of the model", event("intent", at(1, { intent: "question", notice: "Ask about your notes." })), "info"],
    ["why no note was due", event("tool_result", at(1, { tool: "none", ok: true, reason: "Too little." })), "info"],
    ["an answer", event("tool_result", at(1, { tool: "list", ok: true, answer: "Three.", notes: [] })), "info"],
    ["a refused command", event("tool_result", at(1, { tool: "post", ok: false, ...refusal })), "warning"],
  ] as const)("tell %s", (_case, action, tone) => {
    expect(play([action]).notices).toMatchObject([{ tone }]);
  });

  test("a post that failed is told beside its note, not again", () => {
    const failed = { tool: "comment", note_id: "n1", job_id: "j", ok: false, reason: "failed", message: "Gone." };
    expect(play([event("tool_result", at(1, failed))]).notices).toEqual([]);
  });

  test("go when they are dismissed, when the topic is back, when the video changes", () => {
    const waiting: Action = {
      kind: "topic_refused",
      topic: "video:v1",
      refusal: { reason: "draining", message: "" },
      forGood: false,
    };
    const view = play([{ kind: "command_refused", noteId: "n1", refusal }, waiting]);
    expect(view.notices).toHaveLength(2);
    const ids = (actions: readonly Action[]) => play(actions, view).notices.map(({ id }) => id);
    expect(ids([{ kind: "notice_dismissed", id: "command:n1" }])).toEqual(["topic:video:v1"]);
    expect(ids([videoSnapshot([])])).toEqual(["command:n1"]);
    expect(ids([{ kind: "video_changed", video: null }])).toEqual([]);
  });

  test("of the last sentence go when the next one begins; failures stay", () => {
    const said = [
      event("agent_error", at(1, { reason: "capture", message: "Gone." })),
      event("tool_result", at(1, { tool: "none", ok: true, reason: "Too little." })),
    ];
    expect(play(said).notices).toHaveLength(2);
    expect(play([...said, event("speech_started", at(2))]).notices).toMatchObject([{ tone: "error" }]);
  });

  test("take each other's place, and only the newest few are kept", () => {
    const refuse = (noteId: string): Action => ({ kind: "command_refused", noteId, refusal });
    const view = play(["a", "b", "c", "d", "e", "f", "c"].map(refuse));
    expect(view.notices.map(({ noteId }) => noteId)).toEqual(["b", "d", "e", "f", "c"]);
  });
});

test("the connection is shown as it is", () => {
  const offline = { state: "offline", sinceMs: 5, why: "lost" } as const;
  expect(play([{ kind: "connection_changed", connection: offline }]).connection).toEqual(offline);
});
