// extension/src/review: a subject followed over a real connection to the real server, and what is done to its notes.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Hub } from "../../../extension/src/hub/socket";
import type { Subject } from "../../../extension/src/parts/subject";
import { commandsOf } from "../../../extension/src/review/commands";
import { openReview, type Review } from "../../../extension/src/review/review";
import type { View } from "../../../extension/src/view/view";
import { pageHub } from "../hub/page";
import { dataFolder, jot, type Server, startServer } from "../hub/server";

const LIMIT_MS = 20_000;
const PRACTICE = { platform: "practice", external_id: "practice", url: "sidenote:practice", title: "Practice" };
const folder = dataFolder();
const opened: { readonly hub: Hub; readonly review: Review }[] = [];
let server: Server;

beforeAll(async () => {
  server = await startServer(folder);
  await jot(folder, 3);
}, LIMIT_MS);

afterEach(() => {
  for (const { hub, review } of opened.splice(0)) {
    review.close();
    hub.close();
  }
});

afterAll(async () => {
  await server.kill();
  folder.remove();
});

function reviewed(video: Subject["video"] = PRACTICE): Review {
  const hub = pageHub(server.address, server.token);
  const subject = { sessionId: crypto.randomUUID(), video, tabId: null, windowId: null };
  const review = openReview(hub, subject, "test");
  opened.push({ hub, review });
  return review;
}

function until(review: Review, wanted: (view: View) => boolean): Promise<View> {
  if (wanted(review.view.now)) return Promise.resolve(review.view.now);
  return new Promise((resolve) => {
    const stop = review.view.subscribe((view) => {
      if (!wanted(view)) return;
      stop();
      resolve(view);
    });
  });
}

const isReady = ({ video }: View) => video.state === "ready";

async function firstNote(review: Review) {
  const [note] = (await until(review, isReady)).video.notes;
  if (!note) throw new Error("no note of the video is there");
  return note;
}

test("a view holds the connection, the session and the notes of the video", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  const view = await until(review, isReady);
  expect(view.connection).toEqual({ state: "online" });
  expect(view.session).toMatchObject({ id: review.subject.sessionId, microphone: "idle" });
  expect(view.video.notes.length).toBeGreaterThanOrEqual(3);
});

test("a note of another review of the video is confirmed, edited and scratched", { timeout: LIMIT_MS }, async () => {
  const [one, other] = [reviewed(), reviewed()];
  const note = await firstNote(one);
  await until(other, isReady);
  const commands = commandsOf(one);
  await commands.edit(note, { text: "The cut comes late", revision: note.revision }, "keep");
  const isEdited = ({ video }: View) => video.notes.some(({ text }) => text === "The cut comes late");
  expect(isEdited(one.view.now)).toBe(true);
  await until(other, isEdited);
  await commands.scratch(note);
  await until(other, ({ video }) => video.notes.every(({ id }) => id !== note.id));
});

test("an edit of an older text is refused, with a notice beside the note", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  const note = await firstNote(review);
  const commands = commandsOf(review);
  expect(await commands.edit(note, { text: "First", revision: note.revision }, "keep")).toBe(true);
  expect(await commands.edit(note, { text: "Second", revision: note.revision }, "keep")).toBe(false);
  expect(review.view.now.notices).toMatchObject([{ noteId: note.id }]);
  expect(review.view.now.video.notes.find(({ id }) => id === note.id)?.text).toBe("First");
});

test("a typed note is kept once, however often it is said", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  await until(review, isReady);
  const typed = { text: "The logo comes too late", category: "graphics", timestamp_s: 12.5 };
  const commands = commandsOf(review);
  const ref = crypto.randomUUID();
  expect(await commands.write(typed, "keep", ref)).toBeNull();
  expect(await commands.write(typed, "keep", ref)).toBeNull();
  const mine = review.view.now.video.notes.filter(({ text }) => text === typed.text);
  expect(mine).toMatchObject([{ ...typed, status: "firmed" }]);
});

test("a note that is typed before the server knows the video is kept as well", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  expect(review.video()).toBeNull();
  const typed = { text: "Written at once", category: "other", timestamp_s: 1 };
  expect(await commandsOf(review).write(typed, "keep", crypto.randomUUID())).toBeNull();
});

test("a typed note that the server refuses stays with the person", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  await until(review, isReady);
  const refusal = await commandsOf(review).write(
    { text: "x".repeat(500), category: "other", timestamp_s: 1 },
    "keep",
    crypto.randomUUID(),
  );
  expect(refusal).toContain("Shorten it");
});

test("more that becomes known of the video is told, and its notes stay", { timeout: LIMIT_MS }, async () => {
  const review = reviewed();
  const before = (await until(review, isReady)).video.notes;
  review.describe({ ...PRACTICE, title: "Another title" });
  const view = await until(review, ({ video }) => video.title === "Another title");
  expect(view.video.notes).toBe(before);
});
