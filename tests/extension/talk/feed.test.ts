// extension/src/talk/feed.ts: what a page is told of its review, from a real server through a connection that is cut.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { ToPage } from "../../../extension/src/content/messages";
import { variable } from "../../../extension/src/hub/observable";
import type { Hub } from "../../../extension/src/hub/socket";
import type { Subject } from "../../../extension/src/parts/subject";
import { type Feed, openFeed } from "../../../extension/src/talk/feed";
import type { TopicAction } from "../../../extension/src/view/action";
import { type Gate, startGate } from "../../offscreen/rig/gate";
import { dataFolder, type Server, startServer } from "../../offscreen/rig/server";
import { speak } from "../../offscreen/rig/speech";
import { pageHub, record } from "../hub/page";
import { aboutPractice, type Room, room, sessionOf, turn } from "./rig";

const data = dataFolder();
let server: Server;
let gate: Gate;
let here: Room;
let hubs: Hub[] = [];
let feeds: Feed[] = [];

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
  here = room(`http://127.0.0.1:${server.port}`, server.token);
});
afterEach(() => {
  for (const feed of feeds) feed.close();
  for (const hub of hubs) hub.close();
  here.close();
  [hubs, feeds] = [[], []];
});

/** A page behind the gate, once it follows its review. */
async function page(subject: Subject, nowMs: () => number = Date.now) {
  const hub = variable(pageHub(gate.url, server.token));
  hubs.push(hub.now);
  const told = record<ToPage>();
  const heard = record<TopicAction>();
  const feed = openFeed({ hub, subject, tell: told.take, listener: heard.take, nowMs });
  feeds.push(feed);
  await heard.next(({ kind }) => kind === "snapshot");
  return { feed, told, heard, hub };
}

function say(words: string, about: Subject): void {
  here.studio.send({ type: "arm", about });
  here.studio.send({ type: "key_down", about });
  here.device.hear(speak(words));
  here.studio.send({ type: "key_up" });
}

const isCommand = ({ type }: ToPage): boolean => type === "player_command";
const notesOf = (message: ToPage) => (message.type === "notes" ? message.notes : []);

test("a page sees where somebody speaks, the note that came of it, and what became of it", async () => {
  const about = aboutPractice();
  const { feed, told } = await page(about);
  here.studio.clock(about.sessionId, { wall_ms: Date.now(), media_s: 62, rate: 1, paused: true });
  say("Please lower the background music under the interview.", about);
  const speaking = await told.next((message) => message.type === "speech" && message.speaking);
  expect(speaking).toMatchObject({ atS: 62 });
  await told.next(
    (message) =>
      message.type === "speech" && !message.speaking && told.all.indexOf(message) > told.all.indexOf(speaking),
  );
  const [note] = notesOf(await told.next((message) => notesOf(message).length > 0));
  expect(note).toMatchObject({ status: "ghost", timestamp_s: 62, revision: 1 });
  const shown = ["confidence", "id", "revision", "status", "text", "timestamp_s"];
  expect(Object.keys(note ?? {}).sort()).toEqual(shown); // neither what was said word for word nor where it is posted

  const question = { type: "confirm_note", note_id: note?.id ?? "", revision: 1 } as const;
  expect(await feed.answer(question)).toEqual({ ok: true });
  const [kept] = notesOf(await told.next((message) => notesOf(message)[0]?.status === "firmed"));
  expect(await feed.answer({ ...question, type: "scratch_note" })).toMatchObject({ ok: false });
  expect(await feed.answer({ ...question, type: "scratch_note", revision: kept?.revision ?? 0 })).toEqual({ ok: true });
  expect(await feed.answer({ ...question, note_id: "nowhere" })).toMatchObject({ ok: false });
}, 20_000);

test("notes come in the order of their making, whatever their second", async () => {
  const about = aboutPractice();
  const { told } = await page(about);
  const words = ["Nice pacing in this montage.", "The cut here comes half a second too early."];
  for (const [i, mediaS] of [90, 10].entries()) {
    here.studio.clock(about.sessionId, { wall_ms: Date.now(), media_s: mediaS, rate: 1, paused: true });
    say(words[i] ?? "", about);
    await told.next((message) => notesOf(message).some(({ timestamp_s }) => timestamp_s === mediaS));
    here.studio.send({ type: "disarm" }); // the next words are heard at once as well: by a clock of their own
  }
  const mine = await told.next((message) => notesOf(message).some(({ timestamp_s }) => timestamp_s === 10));
  expect(
    notesOf(mine)
      .slice(-2)
      .map(({ timestamp_s }) => timestamp_s),
  ).toEqual([90, 10]);
}, 20_000);

test("what was asked of the player reaches its page once", async () => {
  const about = aboutPractice();
  const { told, heard } = await page(about);
  say("Pause the video.", about);
  await told.next(isCommand);
  await heard.next((action) => action.kind === "event" && action.event === "tool_result");
  await turn();
  expect(told.all.filter(isCommand)).toEqual([{ type: "player_command", command: { action: "pause" } }]);
}, 20_000);

for (const [what, laterMs, commands] of [
  ["is done when the connection is back", 0, 1],
  ["is not done any more after a while", 6_000, 0],
] as const) {
  test(`what was asked of the player meanwhile ${what}`, async () => {
    const about = aboutPractice();
    let nowMs = 0;
    const { told, heard } = await page(about, () => nowMs);
    const session = await sessionOf(here.hub.now, about.sessionId);
    await turn();
    gate.shut();
    say("Pause the video.", about);
    await session.next("player_command");
    nowMs = laterMs;
    gate.open(server.port);
    await heard.next(({ kind }) => kind === "caught_up");
    await turn();
    expect(heard.all.filter((action) => action.kind === "event" && action.event === "player_command")).toHaveLength(1);
    expect(told.all.filter(isCommand)).toHaveLength(commands);
  }, 20_000);
}
