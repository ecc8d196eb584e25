// extension/src/hub/followed.ts: one topic through lost connections, a killed server, lost frames and refusals; the real
// phoenix.js against the real server.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import WebSocket from "ws";
import { follow, LEFT, NO_ANSWER, NOT_SENT } from "../../../extension/src/hub/followed";
import type { Hub } from "../../../extension/src/hub/socket";
import type { TopicAction } from "../../../extension/src/view/action";
import { inState, pageHub, record, type Transport } from "./page";
import { openRelay, type Relay } from "./relay";
import { dataFolder, jot, type Server, startServer } from "./server";

const LIMIT_MS = 20_000;
const folder = dataFolder();
let server: Server;
let relay: Relay;
let video: `video:${string}`;
let noteIds: string[];
const hubs: Hub[] = [];

beforeAll(async () => {
  server = await startServer(folder);
  relay = await openRelay(server.port);
  const jotted = await jot(folder, 3);
  [video, noteIds] = [`video:${jotted.video}`, jotted.notes];
}, LIMIT_MS);

afterEach(() => {
  vi.useRealTimers();
  for (const hub of hubs.splice(0)) hub.close();
});

afterAll(async () => {
  await relay.close();
  await server.kill();
  folder.remove();
});

function page(address = server.address, options: Parameters<typeof pageHub>[2] = {}): Hub {
  const hub = pageHub(address, server.token, options);
  hubs.push(hub);
  return hub;
}

/** Somebody else who edits a note, so that something happens on the video's topic. */
function editor() {
  const seen = record<TopicAction>();
  const topic = follow<"video">(page(), video, seen.take);
  return async (text: string) => {
    const answer = await topic.push("edit_note", { note_id: noteIds[0] ?? "", text });
    expect(answer.ok).toBe(true);
  };
}

const isSnapshot = (action: TopicAction) => action.kind === "snapshot";
const isCaughtUp = (action: TopicAction) => action.kind === "caught_up";
const shows = (text: string) => (action: TopicAction) =>
  action.kind === "event" && action.event === "note_updated" && action.payload.note.text === text;
const seqs = (actions: readonly TopicAction[]) =>
  actions.flatMap((action) => (action.kind === "event" && action.event === "note_updated" ? [action.payload.seq] : []));
const texts = (actions: readonly TopicAction[]) =>
  actions.flatMap((action) =>
    action.kind === "event" && action.event === "note_updated" ? [action.payload.note.text] : [],
  );

describe("a connection that is cut", () => {
  test("what was missed comes once and in order, without a snapshot", { timeout: LIMIT_MS }, async () => {
    const [hub, seen, edit] = [page(relay.address), record<TopicAction>(), editor()];
    follow<"video">(hub, video, seen.take);
    await seen.next(isSnapshot);
    await edit("before");
    await seen.next(shows("before"));
    relay.cut();
    await inState(hub, "offline");
    for (const text of ["one", "two", "three"]) await edit(text);
    relay.mend();
    await seen.next(isCaughtUp);
    await edit("after");
    await seen.next(shows("after"));
    expect(seen.all.filter(isSnapshot)).toHaveLength(1);
    expect(texts(seen.all)).toEqual(["before", "one", "two", "three", "after"]);
    const [first = 0] = seqs(seen.all);
    expect(seqs(seen.all)).toEqual([0, 1, 2, 3, 4].map((n) => first + n));
  });

  test("a push that was under way is told to be unsure", { timeout: LIMIT_MS }, async () => {
    const [hub, seen] = [page(relay.address), record<TopicAction>()];
    const topic = follow<"video">(hub, video, seen.take);
    await seen.next(isSnapshot);
    const push = topic.push("get_notes", {});
    relay.cut();
    expect(await push).toEqual({ ok: false, refusal: NO_ANSWER });
    relay.mend();
  });

  test("a push that waited in vain did nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const topic = follow<"video">(page("http://127.0.0.1:9"), video, () => {});
    const push = topic.push("delete_note", { note_id: noteIds[0] ?? "" });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await push).toEqual({ ok: false, refusal: NOT_SENT });
  });
});

test("an event that got lost on its way is fetched again", { timeout: LIMIT_MS }, async () => {
  let losing = false;
  class Lossy extends WebSocket {
    override emit(event: string | symbol, ...given: unknown[]): boolean {
      const isLost = losing && event === "message" && String(given[0]).includes("note_updated");
      if (isLost) losing = false;
      return isLost || super.emit(event, ...given);
    }
  }
  const seen = record<TopicAction>();
  follow<"video">(page(server.address, { transport: Lossy as unknown as Transport }), video, seen.take);
  await seen.next(isSnapshot);
  const edit = editor();
  losing = true;
  await edit("lost");
  await edit("makes it noticed");
  await seen.next(shows("makes it noticed"));
  expect(texts(seen.all)).toEqual(["lost", "makes it noticed"]);
  expect(seen.all.filter(isSnapshot)).toHaveLength(1);
});

test("an event that comes twice is told once", { timeout: LIMIT_MS }, async () => {
  class Stammering extends WebSocket {
    override emit(event: string | symbol, ...given: unknown[]): boolean {
      if (event === "message" && String(given[0]).includes("note_updated")) super.emit(event, ...given);
      return super.emit(event, ...given);
    }
  }
  const [seen, edit] = [record<TopicAction>(), editor()];
  follow<"video">(page(server.address, { transport: Stammering as unknown as Transport }), video, seen.take);
  await seen.next(isSnapshot);
  for (const text of ["first", "second"]) await edit(text);
  await seen.next(shows("second"));
  expect(texts(seen.all)).toEqual(["first", "second"]);
});

describe("followers of one topic", () => {
  test("share a channel; each begins with a snapshot, and the last one leaves", { timeout: LIMIT_MS }, async () => {
    const [hub, one, two] = [page(), record<TopicAction>(), record<TopicAction>()];
    const first = follow<"video">(hub, video, one.take);
    await one.next(isSnapshot);
    const second = follow<"video">(hub, video, two.take);
    await two.next(isSnapshot);
    const edit = editor();
    await edit("for both");
    await Promise.all([one.next(shows("for both")), two.next(shows("for both"))]);
    expect(texts(one.all)).toEqual(texts(two.all));
    const channels = () => (hub.socket as unknown as { channels: { topic: string }[] }).channels;
    expect(channels().filter(({ topic }) => topic === video)).toHaveLength(1);
    first.close();
    await edit("for one");
    await two.next(shows("for one"));
    expect(texts(one.all)).toEqual(["for both"]);
    second.close();
    expect(await second.push("get_notes", {})).toEqual({ ok: false, refusal: LEFT });
  });
});

describe("refusals", () => {
  test("what is not there is not asked for again", { timeout: LIMIT_MS }, async () => {
    const [hub, seen] = [page(), record<TopicAction>()];
    const topic = follow<"video">(hub, "video:nowhere", seen.take);
    const told = await seen.next((action) => action.kind === "topic_refused");
    expect(told).toMatchObject({ topic: "video:nowhere", forGood: true, refusal: { reason: "not_found" } });
    expect(await topic.push("get_notes", {})).toMatchObject({ ok: false, refusal: { reason: "not_found" } });
    expect(seen.all).toHaveLength(1);
  });

  test("a refused push says why", { timeout: LIMIT_MS }, async () => {
    const seen = record<TopicAction>();
    const topic = follow<"video">(page(), video, seen.take);
    const [missing, conflict] = await Promise.all([
      topic.push("confirm_note", { note_id: "nothing" }),
      topic.push("edit_note", { note_id: noteIds[1] ?? "", text: "Mine", revision: 99 }),
    ]);
    expect(missing).toMatchObject({ ok: false, refusal: { reason: "not_found" } });
    expect(conflict).toMatchObject({ ok: false, refusal: { reason: "revision_conflict" } });
  });
});

test("a server that was killed and started again sends a snapshot", { timeout: LIMIT_MS }, async () => {
  const [hub, seen, edit] = [page(), record<TopicAction>(), editor()];
  follow<"video">(hub, video, seen.take);
  await seen.next(isSnapshot);
  await edit("kept over the restart");
  await seen.next(shows("kept over the restart"));
  const before = seen.all.length;
  await server.kill();
  await inState(hub, "offline");
  server = await startServer(folder, server.port);
  const anew = await seen.next(isSnapshot, before);
  expect(JSON.stringify(anew)).toContain("kept over the restart");
  expect(
    seen.all.slice(before).filter((action) => isCaughtUp(action) || shows("kept over the restart")(action)),
  ).toEqual([]);
});
