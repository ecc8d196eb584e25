// extension/src/panel: what can be said without a page: the microphone's button, notices, emptiness, drafts and places.

import { describe, expect, it } from "vitest";
import { drafts } from "../../../extension/src/panel/drafts";
import { emptinessOf } from "../../../extension/src/panel/emptiness";
import { linked } from "../../../extension/src/panel/links";
import { buttonMode, buttonState, whoCancels, whyNot } from "../../../extension/src/panel/microphone";
import { isOver, noticesOf, type Situation } from "../../../extension/src/panel/notices";
import { currentNote } from "../../../extension/src/panel/shown";
import { positionS } from "../../../extension/src/panel/usePosition";
import { DEFAULTS } from "../../../extension/src/parts/settings";
import { SILENT, type TalkState } from "../../../extension/src/talk/talk";
import { EVERYTHING } from "../../../extension/src/ui/filter";
import { NO_DRAFT } from "../../../extension/src/ui/NoteBox";
import { INITIAL_VIEW, type View } from "../../../extension/src/view/view";
import { note, SHOWING } from "../view/samples";
import { practice } from "./host";

const ONLINE: View = { ...SHOWING, connection: { state: "online" } };
const talking = (change: Partial<TalkState>): TalkState => ({ ...SILENT, ...change });

describe("the button", () => {
  it.each([
    ["off", "idle"],
    ["opening", "idle"],
    ["starting", "starting"],
    ["armed", "idle"],
    ["recording", "listening"],
    ["grace", "idle"],
    ["paused", "paused"],
    ["failed", "idle"],
  ] as const)("%s is %s", (capture, shown) => {
    expect(buttonState(talking({ capture }))).toBe(shown);
  });

  it("is held or pressed as the settings say, but for hands-free that is under way", () => {
    expect(buttonMode(SILENT, DEFAULTS)).toBe("hold");
    expect(buttonMode(SILENT, { ...DEFAULTS, mode: "hands-free" })).toBe("toggle");
    expect(buttonMode(talking({ capture: "recording", mode: "hands-free" }), DEFAULTS)).toBe("toggle");
    expect(buttonMode(talking({ capture: "off", mode: "hands-free" }), DEFAULTS)).toBe("hold");
    expect(buttonMode(talking({ capture: "opening", mode: "hands-free" }), DEFAULTS)).toBe("hold"); // a hand comes near
  });

  it("can't be used where there is nothing to speak about, but always to stop", () => {
    const here = { subject: practice(), obstacle: null };
    const refused: View = { ...ONLINE, connection: { state: "refused", sinceMs: 0, why: "token_missing" } };
    expect(whyNot(SILENT, here, ONLINE)).toBeNull();
    expect(whyNot(SILENT, here, { ...ONLINE, connection: { state: "offline", sinceMs: 0, why: "lost" } })).toBeNull();
    expect(whyNot(SILENT, here, refused)).toBe("Not connected");
    expect(whyNot(SILENT, { ...here, subject: null }, ONLINE)).toBe("No video to speak about");
    expect(whyNot(SILENT, { ...here, obstacle: "Not on this page." }, ONLINE)).toBe("Not here: see above");
    expect(whyNot(talking({ capture: "paused" }), { ...here, subject: null }, refused)).toBeNull();
  });

  it("and the session share Esc", () => {
    const working: View = { ...ONLINE, session: { ...ONLINE.session, runs: [{ utterance: 1, state: "structuring" }] } };
    expect(whoCancels(talking({ capture: "recording" }), working)).toBe("talk");
    expect(whoCancels(talking({ capture: "grace" }), ONLINE)).toBe("talk");
    expect(whoCancels(talking({ capture: "armed" }), working)).toBe("session");
    expect(whoCancels(SILENT, ONLINE)).toBeNull();
  });
});

describe("notices", () => {
  const situation = (change: Partial<Situation>): Situation => ({
    ...{ view: ONLINE, talk: SILENT, subject: practice(), obstacle: null, seen: null },
    ...change,
  });
  const said = (change: Partial<Situation>) =>
    noticesOf(situation(change)).map(({ id, tone, action }) => [id, tone, action]);

  it("are none where all is well", () => {
    expect(said({})).toEqual([]);
    expect(said({ view: INITIAL_VIEW })).toEqual([]); // connecting takes a moment
  });

  it("tell of the connection, the page and the microphone, each with what to do", () => {
    const problem = { id: "second_microphone", message: "Elsewhere." } as const;
    const view: View = { ...ONLINE, connection: { state: "refused", sinceMs: 0, why: "token_expired" } };
    const talk = talking({ failure: { reason: "refused", message: "No." }, problem });
    expect(said({ view, talk, obstacle: "Not here." })).toEqual([
      ["connection", "error", "get_token"],
      ["page", "warning", null],
      ["microphone", "error", "allow_microphone"],
      ["problem", "warning", "retry_microphone"],
    ]);
  });

  it("are told once of the same trouble, and again when it comes again", () => {
    const problem = { id: "not_ready", message: "Too soon." } as const;
    const echo = { id: "echo", message: "Aloud." } as const;
    const failure = { reason: "absent", message: "None." } as const;
    const troubled = talking({ problem, failure });
    expect(said({ talk: talking({ problem }), seen: { ...problem } })).toEqual([]);
    expect(said({ talk: troubled, seen: failure })).toEqual([["problem", "warning", null]]);
    expect([isOver(problem, troubled), isOver(problem, SILENT)]).toEqual([false, true]);
    expect([isOver(failure, troubled), isOver(failure, talking({ problem }))]).toEqual([false, true]);
    expect(isOver(echo, SILENT)).toBe(false);
  });

  it("offer to try again only what can be tried from there", () => {
    const notice = (id: string) =>
      ({ id, tone: "warning", words: "Again.", action: "try_again", noteId: null }) as const;
    const notices = ["a", "b", "command:n1", "topic:video:v1"].map(notice);
    expect(said({ view: { ...ONLINE, notices } })).toEqual([
      ["b", "warning", null],
      ["command:n1", "warning", null],
      ["topic:video:v1", "warning", "try_again"],
    ]);
    const offline: View = { ...ONLINE, notices, connection: { state: "offline", sinceMs: 0, why: "lost" } };
    expect(said({ view: offline }).map(([, , action]) => action)).toEqual(Array(4).fill("try_again"));
  });
});

describe("emptiness", () => {
  const ready: View = { ...ONLINE, video: { ...ONLINE.video, state: "ready" } };
  it.each([
    ["no video", ready, null, "No video here"],
    [
      "a page that is not supported",
      { ...ready, video: { ...ready.video, state: "unsupported" } },
      practice(),
      "Not on this page",
    ],
    ["refused", { ...ready, video: { ...ready.video, state: "refused" } }, practice(), "These notes can't be shown"],
    ["loading", ONLINE, practice(), "One moment"],
    ["offline", { ...ONLINE, connection: { state: "offline", sinceMs: 0, why: "lost" } }, practice(), "Offline"],
    ["no notes", ready, practice(), "No notes yet"],
    [
      "a filter without a match",
      { ...ready, filter: { ...EVERYTHING, text: "x" }, video: { ...ready.video, notes: [note()] } },
      practice(),
      "No note matches",
    ],
  ] as const)("%s", (_case, view, subject, title) => {
    expect(emptinessOf(view as View, subject).title).toBe(title);
  });
});

describe("drafts", () => {
  const typed = { text: "Cut", category: "other", timestamp_s: 1 };

  it("are kept apart by review", () => {
    const kept = drafts();
    kept.change("a", { text: "Half", category: "audio", time: null });
    expect([kept.of("a").text, kept.of("b").text]).toEqual(["Half", ""]);
  });

  it("are one note however often they are sent, until they are changed or the box is empty", () => {
    const kept = drafts();
    const first = kept.ref("a", typed);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(kept.ref("a", { ...typed })).toBe(first);
    expect(kept.ref("a", { ...typed, text: "Cut it" })).not.toBe(first);
    const second = kept.ref("a", typed);
    kept.saved("a", typed);
    expect(kept.ref("a", typed)).toBe(second); // a box that was opened meanwhile still shows it
    kept.change("a", NO_DRAFT);
    expect(kept.ref("a", typed)).not.toBe(second);
  });

  it("go once they are saved, also where their box is gone, unless another was begun", () => {
    const kept = drafts();
    kept.change("a", { text: "Cut ", category: "other", time: "0:01" });
    kept.change("b", { text: "Cut it", category: "other", time: "0:01" });
    for (const review of ["a", "b"]) kept.saved(review, typed);
    expect([kept.of("a").text, kept.of("b").text]).toEqual(["", "Cut it"]);
  });
});

it("the server's own links are whole, and the same note stays the same object", () => {
  const posted = note({ permalink: "/practice?comment=1" });
  const shown = linked(posted, "http://127.0.0.1:1");
  expect(shown.permalink).toBe("http://127.0.0.1:1/practice?comment=1");
  expect(linked(posted, "http://127.0.0.1:1")).toBe(shown);
  const elsewhere = note({ permalink: "https://video.example/a" });
  expect(linked(elsewhere, "http://127.0.0.1:1")).toBe(elsewhere);
});

it("the player goes on from its last word, at its speed", () => {
  const sample = { wall_ms: 1000, media_s: 10, rate: 2, paused: false };
  expect(positionS(sample, 2500)).toBe(13);
  expect(positionS({ ...sample, paused: true }, 2500)).toBe(10);
  expect(positionS(sample, 0)).toBe(10);
});

it("the note that the player is at is the last one before it", () => {
  const notes = [5, 10, 10, 20].map((timestamp_s, index) => note({ id: `n${index}`, timestamp_s }));
  expect([0, 4.6, 9, 10, 19, 99].map((at) => currentNote(notes, at))).toEqual([null, "n0", "n0", "n2", "n2", "n3"]);
  expect(currentNote(notes, null)).toBeNull();
});
