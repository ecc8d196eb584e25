// extension/src/hub/video.ts: from the page's video to all of its notes; the real phoenix.js, server and reducer.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Hub } from "../../../extension/src/hub/socket";
import { followVideo } from "../../../extension/src/hub/video";
import type { Action } from "../../../extension/src/view/action";
import { reduce } from "../../../extension/src/view/reduce";
import { INITIAL_VIEW, type View } from "../../../extension/src/view/view";
import { inState, pageHub, record } from "./page";
import { openRelay, type Relay } from "./relay";
import { dataFolder, jot, type Server, startServer } from "./server";

const LIMIT_MS = 20_000;
const COUNT = 450;
const PRACTICE = { platform: "practice", external_id: "practice", url: "sidenote:practice", title: "Practice" };
const folder = dataFolder();
const hubs: Hub[] = [];
let server: Server;
let relay: Relay;
let jotted: { video: string; notes: string[] };

beforeAll(async () => {
  server = await startServer(folder);
  relay = await openRelay(server.port);
  jotted = await jot(folder, COUNT);
}, LIMIT_MS);

afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});

afterAll(async () => {
  await relay.close();
  await server.kill();
  folder.remove();
});

/** A page with its view, as panel and popup have one. */
function watching(address: string, video = PRACTICE) {
  const hub = pageHub(address, server.token);
  hubs.push(hub);
  const told = record<Action>();
  let view: View = INITIAL_VIEW;
  const followed = followVideo(
    hub,
    video,
    (action) => {
      view = reduce(view, action);
      told.take(action);
    },
    "test",
  );
  return { hub, told, followed, view: () => view };
}

const isLastPage = (action: Action) => action.kind === "notes_paged" && action.last;

test("all pages are read, in the order of their times", { timeout: LIMIT_MS }, async () => {
  const { told, view } = watching(server.address);
  await told.next(isLastPage);
  const { video } = view();
  expect(video).toMatchObject({ id: jotted.video, title: "Practice", state: "ready", unseen: null });
  expect(video.notes.map(({ id }) => id).sort()).toEqual([...jotted.notes].sort());
  const times = video.notes.map(({ timestamp_s }) => timestamp_s);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(told.all.filter(({ kind }) => kind === "notes_paged")).toHaveLength(2);
});

test("a connection cut between two pages leaves none out", { timeout: LIMIT_MS }, async () => {
  const { hub, told, view } = watching(relay.address);
  const cut = told.next(({ kind }) => kind === "notes_paged").then(relay.cut);
  await cut;
  await inState(hub, "offline");
  relay.mend();
  await told.next(isLastPage);
  expect(view().video.notes).toHaveLength(COUNT);
});

test("a note deleted elsewhere is gone here, and stays so after a restart", { timeout: LIMIT_MS }, async () => {
  const [one, other] = [watching(server.address), watching(server.address)];
  await Promise.all([one.told.next(isLastPage), other.told.next(isLastPage)]);
  const gone = jotted.notes[7] ?? "";
  const answer = await one.followed.topic()?.push("delete_note", { note_id: gone });
  expect(answer).toEqual({ ok: true, response: { note_id: gone } });
  await other.told.next((action) => action.kind === "event" && action.event === "note_cancelled");
  expect(other.view().video.notes).toHaveLength(COUNT - 1);
  const before = other.told.all.length;
  await server.kill();
  server = await startServer(folder, server.port);
  await other.told.next(isLastPage, before);
  expect(other.view().video).toMatchObject({ unseen: null, gone: { [gone]: expect.any(Number) } });
  expect(other.view().video.notes).toHaveLength(COUNT - 1);
});

test("a page of no known kind is told to be none", { timeout: LIMIT_MS }, async () => {
  const { told, view } = watching(server.address, { ...PRACTICE, platform: "fax" });
  await told.next((action) => action.kind === "video_changed" && action.video?.supported === false);
  expect(view().video).toMatchObject({ id: null, state: "unsupported", notes: [] });
});

test("an address that is none is told too, with the server's reason", { timeout: LIMIT_MS }, async () => {
  const { told, view } = watching(server.address, { ...PRACTICE, platform: "generic", url: "nowhere" });
  await told.next(({ kind }) => kind === "command_refused");
  expect(view().video.state).toBe("unsupported");
  expect(view().notices).toMatchObject([{ words: expect.stringContaining("url") }]);
});
