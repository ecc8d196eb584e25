// extension/src/talk/uplinks.ts: what was said reaches the review that it is about, also when nobody uses that any more,
// against a real server through a connection that is cut.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gate, startGate } from "../../offscreen/rig/gate";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { inState, pageHub } from "../hub/page";
import { aboutPractice, type Room, room, sessionOf, until } from "./rig";

const data = dataFolder();
let server: Server;
let gate: Gate;
let here: Room;

beforeAll(async () => {
  server = await startServer(data.path);
  gate = await startGate();
}, 30_000);
afterAll(async () => {
  await gate.close();
  await server.kill();
  data.remove();
});
beforeEach(() => {
  gate.open(server.port);
  here = room(gate.url, server.token);
});
afterEach(() => here.close());

test("a review that nobody uses any more gets what was said in it, and only then is its microphone's topic left", async () => {
  const { studio, device, hub } = here;
  const view = pageHub(`http://127.0.0.1:${server.port}`, server.token);
  const [about, later] = [aboutPractice(), aboutPractice()];
  const session = await sessionOf(view, about.sessionId);
  await inState(hub.now, "online");
  gate.shut();
  studio.send({ type: "arm", about });
  studio.send({ type: "key_down", about });
  device.hear(speak("Nice pacing in this montage."));
  studio.forget(about.sessionId); // while the key is down
  studio.send({ type: "key_up" });
  await until(studio.state, ({ capture }) => capture === "armed");
  studio.send({ type: "disarm" });
  expect([studio.isIdle(), studio.state.now.waitingS > 0]).toEqual([false, true]);
  studio.clock(later.sessionId, { wall_ms: Date.now(), media_s: 1, rate: 1, paused: true });

  gate.open(server.port);
  expect((await session.next("note_created")).note.transcript.toLowerCase()).toContain("nice pacing in this montage");
  await until(studio.state, ({ link }) => link === "idle");
  expect(studio.isIdle()).toBe(true);
  const { channels } = hub.now.socket as unknown as { channels: readonly { readonly topic: string }[] }; // its types leave it out
  expect(channels.map(({ topic }) => topic)).not.toContain(`audio:${about.sessionId}`);
  view.close();
}, 20_000);

test("each review gets its own words, in whatever order their servers' answers come", async () => {
  const { studio, device, hub } = here;
  const abouts = [aboutPractice(), aboutPractice()] as const;
  const sessions = [
    await sessionOf(hub.now, abouts[0].sessionId),
    await sessionOf(hub.now, abouts[1].sessionId),
  ] as const;
  const said = ["The sky is blown out in the drone footage.", "Add a short pause before the punch line."] as const;
  studio.send({ type: "arm", about: abouts[0] });
  await until(studio.state, ({ link }) => link === "joined");
  gate.shut();
  for (const i of [0, 1] as const) {
    studio.send({ type: "key_down", about: abouts[i] });
    device.hear(speak(said[i]));
    studio.send({ type: "key_up" });
  }
  await until(studio.state, ({ capture }) => capture === "armed");
  gate.open(server.port);
  const notes = [await sessions[0].next("note_created"), await sessions[1].next("note_created")];
  expect(notes.map(({ note }) => note.transcript.toLowerCase())).toEqual([
    expect.stringContaining("sky is blown out"),
    expect.stringContaining("pause before the punch"),
  ]);
}, 20_000);
