// extension/src/talk/studio.ts, uplinks.ts: one microphone for several reviews, against a real server that hears.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { inState, pageHub } from "../hub/page";
import { aboutPractice, type Room, room, sessionOf, turn, until } from "./rig";

const data = dataFolder();
let server: Server;
let address: string;
let open: Room[] = [];
let here: Room;

beforeAll(async () => {
  server = await startServer(data.path);
  address = `http://127.0.0.1:${server.port}`;
}, 30_000);
afterAll(async () => {
  await server.kill();
  data.remove();
});
beforeEach(() => {
  here = room(address, server.token);
  open.push(here);
});
afterEach(() => {
  for (const each of open) each.close();
  open = [];
});

const sample = { wall_ms: 0, media_s: 42, rate: 1, paused: true };

test("a press becomes a note at the player's second, which was told before anything was said", async () => {
  const { studio, device, hub } = here;
  const about = aboutPractice();
  const session = await sessionOf(hub.now, about.sessionId);
  studio.clock(about.sessionId, { ...sample, wall_ms: Date.now() });
  expect(studio.state.now.link).toBe("idle");
  studio.send({ type: "key_down", about });
  expect(studio.state.now.capture).toBe("starting");
  device.hear(speak("Please lower the background music under the interview."));
  expect(studio.state.now).toMatchObject({ capture: "recording", mode: "ptt", sessionId: about.sessionId });
  studio.send({ type: "key_up" });
  const { note } = await session.next("note_created");
  expect(note.transcript.toLowerCase()).toContain("lower the background music under the interview");
  expect(note.timestamp_s).toBe(42);
  const { times } = await until(studio.state, ({ waitingS, capture }) => waitingS === 0 && capture === "off");
  expect(times.downMs).toBeLessThanOrEqual(times.heardMs ?? 0);
  expect(times.heardMs).toBeLessThanOrEqual(times.upMs ?? 0);
  expect(device.isOpen()).toBe(false);
}, 20_000);

test("hands-free goes on about another video without opening the microphone anew, and loses nothing", async () => {
  const { studio, device, hub } = here;
  const [first, second] = [aboutPractice(), aboutPractice({ tabId: 2 })];
  const sessions = [await sessionOf(hub.now, first.sessionId), await sessionOf(hub.now, second.sessionId)] as const;
  studio.send({ type: "mic_on", about: first });
  device.hear(speak("The sky is blown out in the drone footage."));
  studio.move(7, second); // another window
  expect(studio.state.now.sessionId).toBe(first.sessionId);
  studio.move(1, second);
  expect(studio.state.now).toMatchObject({ capture: "recording", mode: "hands-free", sessionId: second.sessionId });
  device.hear(speak("Add a short pause before the punch line."));
  studio.send({ type: "mic_off" });
  const notes = [await sessions[0].next("note_created"), await sessions[1].next("note_created")];
  expect(notes.map(({ note }) => note.transcript.toLowerCase())).toEqual([
    expect.stringContaining("sky is blown out"),
    expect.stringContaining("pause before the punch"),
  ]);
  expect(device.openings()).toBe(1);
}, 20_000);

test("hands-free hears nothing while its window shows no video", async () => {
  const { studio, device, hub } = here;
  const about = aboutPractice();
  const session = await sessionOf(hub.now, about.sessionId);
  studio.send({ type: "mic_on", about });
  studio.move(1, null); // before the microphone is there
  device.hear(speak("This is about something else entirely."));
  expect(studio.state.now.capture).toBe("paused");
  studio.move(1, about);
  expect(studio.state.now.capture).toBe("recording");
  device.hear(speak("Nice pacing in this montage."));
  studio.forget(about.sessionId); // its tab is closed: the same
  expect(studio.state.now.capture).toBe("paused");
  studio.toggle(aboutPractice());
  const { note } = await session.next("note_created");
  expect(note.transcript.toLowerCase()).toContain("nice pacing in this montage");
  expect(note.transcript.toLowerCase()).not.toContain("something else");
}, 20_000);

test("a key that is pressed while hands-free listens changes nothing", async () => {
  const { studio, device } = here;
  const about = aboutPractice();
  studio.toggle(about);
  device.hear(new Int16Array(3_200));
  studio.send({ type: "key_down", about: aboutPractice() });
  studio.send({ type: "key_up" });
  expect(studio.state.now).toMatchObject({ capture: "recording", mode: "hands-free", sessionId: about.sessionId });
  studio.toggle(about);
  expect(studio.state.now.capture).toBe("grace");
  await until(studio.state, ({ capture }) => capture === "off");
});

test("Esc takes back what was just said, though its key is up", async () => {
  const { studio, device, hub } = here;
  const about = aboutPractice();
  const session = await sessionOf(hub.now, about.sessionId);
  studio.send({ type: "arm", about });
  studio.send({ type: "key_down", about });
  device.hear(speak("The cut here comes half a second too early."));
  studio.send({ type: "key_up" });
  await session.next("speech_ended");
  studio.send({ type: "arm", about: aboutPractice() }); // the person looks at another video by now
  studio.send({ type: "cancel" });
  await session.heard.next(
    (action) => action.kind === "event" && action.event === "state_changed" && action.payload.run === "cancelling",
  );
}, 20_000);

test("another server ends the capture, and the next one goes there", async () => {
  const { studio, device, hub } = here;
  const [about, later] = [aboutPractice(), aboutPractice()];
  const before = hub.now;
  studio.send({ type: "arm", about });
  studio.send({ type: "key_down", about });
  device.hear(new Int16Array(16_000));
  before.close();
  hub.set(pageHub(address, server.token));
  expect(studio.state.now).toMatchObject({ capture: "armed", problem: { id: "not_taken" }, link: "idle" });
  await inState(hub.now, "online");
  const session = await sessionOf(hub.now, later.sessionId);
  studio.send({ type: "key_down", about: later });
  expect(studio.state.now.problem).toBeNull();
  device.hear(speak("Nice pacing in this montage."));
  studio.send({ type: "key_up" });
  expect((await session.next("note_created")).note.transcript.toLowerCase()).toContain("nice pacing");
}, 20_000);

test("a second microphone in one review is told, and asked for again when the person says so", async () => {
  const other = room(address, server.token, {}, "other");
  open.push(other);
  const about = aboutPractice();
  other.studio.send({ type: "arm", about });
  await until(other.studio.state, ({ link }) => link === "joined");
  here.studio.send({ type: "arm", about });
  const { problem, link } = await until(here.studio.state, (state) => state.problem !== null);
  expect([problem?.id, link]).toEqual(["second_microphone", "refused"]);
  other.close();
  here.studio.send({ type: "retry" });
  expect((await until(here.studio.state, ({ link }) => link === "joined")).problem).toBeNull();
});

test("the person is told to use headphones while a video plays aloud, unless they wear some", async () => {
  const { studio, settings, device } = here;
  const about = aboutPractice();
  studio.clock(about.sessionId, { ...sample, paused: false });
  studio.send({ type: "mic_on", about });
  device.hear(new Int16Array(320));
  expect(studio.state.now.problem?.id).toBe("echo");
  studio.clock(about.sessionId, { ...sample, paused: false }, false);
  expect(studio.state.now.problem).toBeNull();
  studio.clock(about.sessionId, { ...sample, paused: false });
  settings.set({ ...settings.now, headphones: true });
  expect(studio.state.now.problem).toBeNull();
});

test("other settings of the microphone open it anew where it waits", async () => {
  const { studio, settings, device } = here;
  studio.send({ type: "arm", about: aboutPractice() });
  device.hear(new Int16Array(320));
  settings.set({ ...settings.now, theme: "dark" });
  expect(device.openings()).toBe(1);
  settings.set({ ...settings.now, microphone: "desk" });
  expect(device.openings()).toBe(2);
  device.hear(new Int16Array(320));
  expect(studio.state.now.capture).toBe("armed");
});

test("a press that is over before the microphone is there says so", () => {
  const { studio } = here;
  studio.send({ type: "key_down", about: aboutPractice() });
  studio.send({ type: "key_up" });
  expect(studio.state.now).toMatchObject({ capture: "off", problem: { id: "not_ready" } });
});

test("a microphone that failed is tried again when the person says so, and let go of when it is there", async () => {
  const { studio, device } = here;
  const failure = { reason: "absent", message: "None." } as const;
  studio.send({ type: "key_down", about: aboutPractice() });
  device.lose(failure);
  studio.send({ type: "key_up" });
  studio.send({ type: "disarm" });
  expect(studio.state.now).toMatchObject({ capture: "failed", failure });
  studio.send({ type: "retry" });
  device.lose(failure);
  expect(studio.state.now).toMatchObject({ capture: "failed", failure });
  studio.send({ type: "retry" });
  expect(device.openings()).toBe(3);
  device.hear(new Int16Array(320));
  expect(studio.state.now).toMatchObject({ capture: "off", failure: null });
  await turn();
  expect(device.isOpen()).toBe(false);
});
