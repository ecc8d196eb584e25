// extension/src/talk/figures.ts: what a real server has been told of a press, and of an error.

import { createWallClock } from "@sidenote/offscreen";
import { afterAll, beforeAll, expect, test } from "vitest";
import { follow } from "../../../extension/src/hub/followed";
import { createFigures, type Figures } from "../../../extension/src/talk/figures";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { aboutPractice, type Room, room, sessionOf } from "./rig";

const data = dataFolder();
let server: Server;
let address: string;
let here: Room;
let figures: Figures;

beforeAll(async () => {
  server = await startServer(data.path);
  address = `http://127.0.0.1:${server.port}`;
  here = room(address, server.token);
  figures = createFigures(here.hub, here.settings, createWallClock());
  here.studio.state.subscribe(figures.talked);
}, 30_000);
afterAll(async () => {
  figures.close();
  here.close();
  await server.kill();
  data.remove();
});

async function counted(): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${address}/metrics`)).text();
  const found = text.matchAll(/^sidenote_client_(?:seconds_count|errors_total)(?:\{kind="(\w+)"\})? (\S+)$/gm);
  return Object.fromEntries([...found].map(([, kind = "errors", count]) => [kind, Number(count)]));
}

test("the server is told how long a press took, each once, and which error there was", async () => {
  const about = aboutPractice();
  follow(here.hub.now, `session:${about.sessionId}`, figures.listener);
  const session = await sessionOf(here.hub.now, about.sessionId);
  here.studio.send({ type: "key_down", about });
  here.device.hear(speak("Please lower the background music under the interview."));
  here.studio.send({ type: "key_up" });
  await session.next("note_created");
  figures.judged(0.7);
  figures.judged(0.7); // one of very many is enough
  figures.failed(new TypeError("words that nobody may read"));
  await figures.flush();
  const all = { key_to_first_frame: 1, key_to_note: 1, release_to_note: 1, vad_inference: 1, errors: 1 };
  expect(await counted()).toEqual(all);

  here.settings.set({ ...here.settings.now, telemetry: false });
  figures.failed(new TypeError("words that nobody may read"));
  await figures.flush();
  here.settings.set({ ...here.settings.now, telemetry: true });
  await figures.flush(); // nothing was kept for later
  expect(await counted()).toEqual(all);
}, 20_000);
