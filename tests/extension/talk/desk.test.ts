// extension/src/talk/desk.ts, remote.ts: panel and popup at one desk, over ports, with a studio and a server that are real.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Engaged } from "../../../extension/src/parts/messages";
import type { Subject } from "../../../extension/src/parts/subject";
import { type Desk, openDesk } from "../../../extension/src/talk/desk";
import { createPages, type Pages } from "../../../extension/src/talk/pages";
import { portOf, type RawPort } from "../../../extension/src/talk/port";
import { remoteTalk } from "../../../extension/src/talk/remote";
import type { Talk } from "../../../extension/src/talk/talk";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { aboutPractice, portPair, type Room, room, sessionOf, turn, until } from "./rig";

/** The offscreen document, which can die. */
interface Document extends Room {
  readonly desk: Desk;
  readonly pages: Pages;
  readonly ends: RawPort[];
}

const data = dataFolder();
let server: Server;
let document: Document;
let talks: Talk[] = [];
let engaged: (number | null)[] = [];
const known = new Map<number, Subject>(); // to the service worker, by tab

beforeAll(async () => {
  server = await startServer(data.path);
}, 30_000);
afterAll(async () => {
  await server.kill();
  data.remove();
});
beforeEach(() => {
  document = opened();
});
afterEach(() => {
  for (const talk of talks) talk.close();
  document.close();
  [talks, engaged] = [[], []];
  known.clear();
});

function opened(): Document {
  const made = room(`http://127.0.0.1:${server.port}`, server.token);
  const subjectOf = async (tabId: number): Promise<Subject | null> => known.get(tabId) ?? null;
  const pages = createPages({ ...made, subjectOf, onChange: () => undefined });
  return { ...made, pages, desk: openDesk(made.studio, pages, () => undefined), ends: [] };
}

function view(engage = async (): Promise<Engaged> => ({ ok: true })): Talk {
  const connect = (): RawPort => {
    const [near, far] = portPair();
    document.ends.push(far);
    document.desk.serve(portOf(far));
    return near;
  };
  const talk = remoteTalk(
    connect,
    async (tab) => {
      engaged.push(tab);
      return engage();
    },
    { baseMs: 1 },
  );
  talks.push(talk);
  return talk;
}

test("two views see one state, and the key is let go of by whoever holds it", async () => {
  const [panel, popup] = [view(), view()];
  const about = aboutPractice();
  popup.watch(about);
  panel.watch(about);
  panel.send({ type: "arm", about });
  await until(popup.state, ({ capture }) => capture === "opening");
  document.device.hear(new Int16Array(320));
  panel.send({ type: "key_down", about });
  const seen = await until(popup.state, ({ capture }) => capture === "recording");
  expect(seen).toEqual(await until(panel.state, ({ capture }) => capture === "recording"));
  popup.send({ type: "key_down", about });
  popup.send({ type: "key_up" });
  popup.send({ type: "disarm" });
  await turn();
  expect(document.studio.state.now.capture).toBe("recording");
  panel.send({ type: "key_up" });
  await until(popup.state, ({ capture }) => capture === "armed");
  expect(engaged).toEqual([1, 1]);
});

test("a view that goes in mid-word ends its press, and what was said is whole", async () => {
  const [panel, popup] = [view(), view()];
  const about = aboutPractice();
  const session = await sessionOf(document.hub.now, about.sessionId);
  panel.watch(about);
  popup.send({ type: "arm", about });
  popup.send({ type: "key_down", about });
  await until(panel.state, ({ capture }) => capture === "starting");
  const spoken = speak("Please lower the background music under the interview.");
  const half = Math.floor(spoken.length / 2);
  document.device.hear(spoken.subarray(0, half));
  await until(panel.state, ({ capture }) => capture === "recording");
  popup.close();
  await until(panel.state, ({ capture }) => capture === "grace");
  document.device.hear(spoken.subarray(half)); // what its last 200 ms bring
  expect((await until(panel.state, ({ capture }) => capture === "off")).problem).toBeNull();
  expect(document.device.isOpen()).toBe(false);
  const { note } = await session.next("note_created");
  expect(note.transcript.toLowerCase()).toContain("lower the background music under the interview");
  const { endpoint, reason } = await session.next("speech_ended");
  expect([endpoint, reason]).toEqual([spoken.length, "stop"]);
}, 20_000);

test("the microphone stays open for as long as one view wants it", async () => {
  const [panel, popup] = [view(), view()];
  const about = aboutPractice();
  popup.send({ type: "arm", about });
  panel.send({ type: "arm", about });
  await until(panel.state, ({ capture }) => capture === "opening");
  document.device.hear(new Int16Array(320));
  await until(panel.state, ({ capture }) => capture === "armed");
  popup.close();
  await turn();
  panel.send({ type: "key_down", about });
  await until(panel.state, ({ capture }) => capture === "recording");
  panel.send({ type: "key_up" });
  await until(panel.state, ({ capture }) => capture === "armed");
  expect(document.device.openings()).toBe(1);
  panel.send({ type: "disarm" });
  await until(panel.state, ({ capture }) => capture === "off");
});

test("levels come while somebody wants them", async () => {
  const panel = view();
  const about = aboutPractice();
  panel.watch(about);
  panel.send({ type: "arm", about });
  await until(panel.state, ({ capture }) => capture === "opening");
  let stop = (): void => undefined;
  const loud = new Promise<number>((resolve) => {
    stop = panel.levels(resolve);
  });
  panel.send({ type: "key_down", about });
  await until(panel.state, ({ capture }) => capture === "starting");
  document.device.hear(new Int16Array(320).fill(16_384));
  expect(await loud).toBe(0.5);
  stop();
});

test("a view finds the document again after its death, and what waited is armed and watched as before", async () => {
  const panel = view();
  const about = aboutPractice();
  panel.watch(about);
  panel.send({ type: "arm", about });
  await until(panel.state, ({ capture }) => capture === "opening");
  document.device.hear(new Int16Array(320));
  panel.send({ type: "key_down", about });
  await until(panel.state, ({ capture }) => capture === "recording");

  const dead = document;
  document = opened();
  const isAway = until(panel.state, ({ link }) => link === "away");
  for (const end of dead.ends) end.disconnect();
  dead.close();
  expect((await isAway).capture).toBe("off");
  await until(panel.state, ({ capture }) => capture === "opening");
  expect(engaged).toEqual([1, 1]);
  document.device.hear(new Int16Array(320));
  await until(panel.state, ({ capture }) => capture === "armed"); // the key has to be pressed again
});

test("a tab that can't be used says why, and nothing that was asked meanwhile is done later", async () => {
  let answer: Engaged = { ok: false, message: "Open a page with a video." };
  const popup = view(async () => answer);
  const about = aboutPractice();
  popup.send({ type: "key_down", about });
  const { problem } = await until(popup.state, (state) => state.problem !== null);
  expect(problem).toEqual({ id: "not_allowed", message: "Open a page with a video." });
  answer = { ok: true };
  popup.watch(about);
  await until(popup.state, (state) => state.problem === null);
  expect(popup.state.now.capture).toBe("off");
});

for (const [what, done] of [
  ["was given up", (panel: Talk) => panel.send({ type: "cancel" })],
  ["lost its microphone", () => document.device.lose({ reason: "lost", message: "It is gone." })],
] as const) {
  test(`a key that is still down after its press ${what} keeps no other view from talking`, async () => {
    const [panel, popup] = [view(), view()];
    const about = aboutPractice();
    for (const talk of [panel, popup]) talk.watch(about);
    panel.send({ type: "arm", about });
    panel.send({ type: "key_down", about });
    await until(popup.state, ({ capture }) => capture === "starting");
    document.device.hear(new Int16Array(320));
    await until(popup.state, ({ capture }) => capture === "recording");
    done(panel);
    await until(popup.state, ({ capture }) => capture === "armed" || capture === "failed");
    popup.send({ type: "key_down", about });
    await until(popup.state, ({ capture }) => capture === "starting" || capture === "recording");
    document.device.hear(new Int16Array(320));
    panel.send({ type: "key_up" }); // at last, and too late to mean anything
    await turn();
    expect(popup.state.now.capture).toBe("recording");
  });
}

test("a page is believed about the review of its own tab alone", async () => {
  const [mine, other] = [aboutPractice(), aboutPractice({ tabId: 2 })];
  known.set(1, mine).set(2, other);
  const [near, far] = portPair();
  document.pages.attend(1, portOf(far));
  const told: unknown[] = [];
  near.onMessage.addListener((message) => told.push(message));
  const sample = { wall_ms: 1, media_s: 12, rate: 1, paused: true };
  for (const subject of [other, { ...other, tabId: 1 }, aboutPractice()]) {
    near.postMessage({ type: "about", subject });
    near.postMessage({ type: "clock", sample });
  }
  near.postMessage({ type: "question", id: 1, question: { type: "scratch_note", note_id: "any", revision: 1 } });
  await turn();
  const nobody = { ok: false, message: "This page shows no video any more." };
  expect(told).toEqual([{ type: "answer", id: 1, answer: nobody }]);
  expect(document.pages.position(other.sessionId)).toBeNull();
  near.postMessage({ type: "about", subject: { ...mine, video: other.video } });
  near.postMessage({ type: "clock", sample });
  await turn();
  expect(document.pages.position(mine.sessionId)).toEqual(sample);
});

test("a view is told where the player stands that it watches, and asks that one alone", async () => {
  const panel = view();
  const [about, other] = [aboutPractice(), aboutPractice({ tabId: 2 })];
  known.set(1, about).set(2, other);
  const tabs = [1, 2].map((tabId) => {
    const [near, far] = portPair();
    document.pages.attend(tabId, portOf(far));
    const asked: unknown[] = [];
    near.onMessage.addListener((message) => asked.push(message));
    return { near, asked };
  });
  const sample = { wall_ms: 1, media_s: 12, rate: 1, paused: true };
  tabs[0]?.near.postMessage({ type: "about", subject: about });
  tabs[0]?.near.postMessage({ type: "clock", sample });
  tabs[1]?.near.postMessage({ type: "about", subject: other });
  tabs[1]?.near.postMessage({ type: "clock", sample: { ...sample, media_s: 99 } });
  panel.watch(about);
  expect(await until(panel.position, (position) => position !== null)).toEqual(sample);
  panel.command({ action: "seek", to_s: 5 });
  const wanted = { type: "to_page", message: { type: "player_command", command: { action: "seek", to_s: 5 } } };
  panel.watch(other);
  expect(await until(panel.position, (position) => position !== null)).toMatchObject({ media_s: 99 });
  expect([tabs[0]?.asked, tabs[1]?.asked].map((asked) => asked?.filter((each) => isCommand(each)))).toEqual([
    [wanted],
    [],
  ]);
  tabs[1]?.near.disconnect();
  await until(panel.position, (position) => position === null);
});

function isCommand(message: unknown): boolean {
  return JSON.stringify(message).includes("player_command");
}
