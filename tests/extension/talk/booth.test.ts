// extension/src/talk/booth.ts, pages.ts: the offscreen document without its browser, against a real server.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ToBackground } from "../../../extension/src/parts/messages";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import type { Subject } from "../../../extension/src/parts/subject";
import { type Booth, openBooth } from "../../../extension/src/talk/booth";
import type { BackPagePort, OverPagePort } from "../../../extension/src/talk/messages";
import { portOf } from "../../../extension/src/talk/port";
import { remoteTalk } from "../../../extension/src/talk/remote";
import type { Talk } from "../../../extension/src/talk/talk";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { type Record, record, TRANSPORT } from "../hub/page";
import { aboutPractice, type Device, device, portPair, turn, until } from "./rig";

const SPOKEN = "Please lower the background music under the interview.";

const data = dataFolder();
let server: Server;
let address: string;
let booth: Booth;
let ear: Device;
let told: Record<ToBackground>;
let idle: Promise<void>;
let talk: Talk;
const known = new Map<number, Subject>(); // to the service worker, by tab

beforeAll(async () => {
  server = await startServer(data.path);
  address = `http://127.0.0.1:${server.port}`;
}, 30_000);
afterAll(async () => {
  await server.kill();
  data.remove();
});
beforeEach(() => {
  open({});
});
afterEach(() => {
  talk.close();
  booth.close();
});

function open(settings: Partial<Settings>): void {
  ear = device();
  told = record();
  idle = new Promise((resolve) => {
    booth = openBooth({
      world: { settings: { ...DEFAULTS, server: address, token: server.token, ...settings }, clientId: "test" },
      openMicrophone: () => ear.open,
      loadVad: () => Promise.reject(new Error("no model here")),
      opus: null,
      subjectOf: async (tabId) => known.get(tabId) ?? null,
      transport: TRANSPORT,
      tell: told.take,
      onIdle: resolve,
      idleAfterMs: 0,
    });
  });
  talk = remoteTalk(
    () => {
      const [near, far] = portPair();
      booth.view(portOf(far));
      return near;
    },
    async () => ({ ok: true }),
  );
}

/** A content script's end of its port. */
function page(subject: Subject, mediaS: number) {
  const [near, far] = portPair();
  const heard = record<BackPagePort>();
  near.onMessage.addListener((message) => heard.take(message as BackPagePort));
  known.set(subject.tabId ?? 0, subject);
  booth.page(subject.tabId ?? 0, portOf(far));
  const send = (message: OverPagePort): void => near.postMessage(message);
  send({ type: "about", subject });
  send({ type: "clock", sample: { wall_ms: Date.now(), media_s: mediaS, rate: 1, paused: true }, audible: true });
  return { heard, send, close: () => near.disconnect() };
}

async function say(words: string, about: Subject): Promise<void> {
  talk.send({ type: "key_down", about });
  await until(talk.state, ({ capture }) => capture === "starting");
  ear.hear(speak(words));
  talk.send({ type: "key_up" });
}

/** The newest. */
const noteIn = (message: BackPagePort) =>
  message.type === "to_page" && message.message.type === "notes" ? message.message.notes.at(-1) : undefined;

test("a press in the panel becomes a note over the page, at its second; the page may keep it", async () => {
  const about = aboutPractice({ windowId: 5 });
  const { heard, send } = page(about, 75);
  talk.watch(about);
  await say(SPOKEN, about);
  const shown = noteIn(await heard.next((message) => noteIn(message)?.timestamp_s === 75));
  expect(told.all).toContainEqual({
    to: "background",
    type: "recording",
    recording: { mode: "ptt", windowId: 5, tabId: 1 },
  });
  send({ type: "question", id: 9, question: { type: "confirm_note", note_id: shown?.id ?? "", revision: 1 } });
  expect(await heard.next(({ type }) => type === "answer")).toEqual({ type: "answer", id: 9, answer: { ok: true } });
  await heard.next((message) => noteIn(message)?.status === "firmed");
  await until(talk.state, ({ capture }) => capture === "off");
  expect(told.all.at(-1)).toEqual({ to: "background", type: "recording", recording: null });
}, 20_000);

test("a page hears of settings that changed, and a key of the browser turns hands-free on and off", async () => {
  const about = aboutPractice();
  const { heard } = page(about, 80);
  await heard.next((message) => message.type === "to_page" && message.message.type === "settings");
  const settings = { ...DEFAULTS, server: address, token: server.token, emoji: true };
  booth.hear({ to: "offscreen", type: "world", world: { settings, clientId: "test" } });
  await heard.next(
    (message) => message.type === "to_page" && message.message.type === "settings" && message.message.settings.emoji,
  );
  talk.watch(about);
  booth.hear({ to: "offscreen", type: "toggle", about });
  await until(talk.state, ({ capture, mode }) => capture === "starting" && mode === "hands-free");
  ear.hear(new Int16Array(3_200));
  booth.hear({ to: "offscreen", type: "moved", windowId: 1, subject: null });
  await until(talk.state, ({ capture }) => capture === "paused");
  booth.hear({ to: "offscreen", type: "toggle", about });
  await until(talk.state, ({ capture }) => capture === "off");
});

test("hands-free goes with its tab into another window, and follows that one", async () => {
  const about = aboutPractice();
  talk.watch(about);
  talk.send({ type: "mic_on", about });
  await until(talk.state, ({ capture }) => capture === "starting");
  ear.hear(new Int16Array(3_200));
  await until(talk.state, ({ capture }) => capture === "recording");
  booth.hear({ to: "offscreen", type: "carried", tabId: 9, windowId: 3 }); // another tab
  booth.hear({ to: "offscreen", type: "carried", tabId: 1, windowId: 2 });
  const recording = { mode: "hands-free", windowId: 2, tabId: 1 } as const;
  expect(told.all.at(-1)).toEqual({ to: "background", type: "recording", recording });
  booth.hear({ to: "offscreen", type: "moved", windowId: 1, subject: aboutPractice({ tabId: 4 }) });
  await turn();
  expect(talk.state.now).toMatchObject({ capture: "recording", sessionId: about.sessionId });
  booth.hear({ to: "offscreen", type: "moved", windowId: 2, subject: null });
  await until(talk.state, ({ capture }) => capture === "paused");
  expect(told.all.at(-1)).toMatchObject({ recording: { windowId: 2, tabId: null } });
});

test("the document may close when nobody is connected and the server has everything, not before", async () => {
  let isIdle = false;
  void idle.then(() => {
    isIdle = true;
  });
  const about = aboutPractice();
  const { close } = page(about, 85);
  talk.watch(about);
  await until(talk.position, (position) => position !== null);
  talk.send({ type: "key_down", about });
  await until(talk.state, ({ capture }) => capture === "starting");
  ear.hear(speak(SPOKEN));
  talk.close(); // the key is let go of
  close();
  booth.hear({ to: "offscreen", type: "left", sessionId: about.sessionId });
  await turn();
  expect(isIdle).toBe(false);
  await idle;
  open({ server: address });
  const again = page(about, 85); // the review as the server has it
  await again.heard.next((message) => noteIn(message)?.timestamp_s === 85);
}, 20_000);
