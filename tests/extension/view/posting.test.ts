// extension/src/view/posting.ts: one worker told on three topics, which a page follows side by side.

import { describe, expect, test } from "vitest";
import type { Action } from "../../../extension/src/view/action";
import { dice, event, note, noteEvent, play, VIDEO } from "./samples";

const about = { tool: "comment", utterance: 1, note_id: "n1", job_id: "j1" };
const TOPICS = [`session:s1`, `video:${VIDEO}`, "user:ada"];

const start = (attempt: number, topic: string, job = "j1") =>
  event("tool_start", { ...about, job_id: job, arguments: { site: "practice", attempt }, seq: attempt }, topic);
const step = (name: string, topic: string) => event("tool_progress", { ...about, step: name }, topic);
const result = (more: object, topic: string) => event("tool_result", { ...about, ...more, seq: 9 }, topic);

/** A first attempt that is tried again, and a second that goes through; `broken` tells no steps, as a recovery does. */
const told = (topic: string, isRecovered: boolean): Action[] =>
  [
    start(1, topic),
    step("claimed", topic),
    step("writing", topic),
    result({ ok: false, reason: "queued", message: "The site took too long." }, topic),
    start(2, topic),
    step("claimed", topic),
    step("reading_back", topic),
    result({ ok: true, permalink: "https://site.example/#1" }, topic),
  ].filter((action) => !isRecovered || action.event !== "tool_progress");

describe("whatever way the topics are woven", () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))("it ends the same (seed %i)", (seed) => {
    const roll = dice(seed);
    const left = TOPICS.map((topic) => told(topic, roll() < 0.3));
    const woven: Action[] = [];
    while (left.some(({ length }) => length > 0)) {
      const next = left[Math.floor(roll() * left.length)]?.shift();
      if (next) woven.push(next);
    }
    const { posting } = play([noteEvent(note()), ...woven]).video;
    expect(posting["n1"]).toMatchObject({ jobId: "j1", attempt: 2, outcome: "posted", message: null });
  });
});

test("a step of another topic that comes late does not go back", () => {
  const [session = "", video = ""] = TOPICS;
  const view = play([start(1, session), step("submitting", session), start(1, video), step("opening", video)]);
  expect(view.video.posting["n1"]).toMatchObject({ attempt: 1, step: "submitting", outcome: null });
});

test("the end of the attempt before is not the end of this one", () => {
  const [session = "", video = ""] = TOPICS;
  const failed = { ok: false, reason: "queued", message: "Too slow." };
  const view = play([
    start(1, session),
    result(failed, session),
    start(2, session),
    start(1, video),
    result(failed, video),
  ]);
  expect(view.video.posting["n1"]).toMatchObject({ attempt: 2, outcome: null });
});

test("a page that comes in the middle shows the step it hears of", () => {
  const view = play([step("writing", `video:${VIDEO}`)]);
  expect(view.video.posting["n1"]).toMatchObject({ step: "writing" });
});

test("another text is another job", () => {
  const [session = ""] = TOPICS;
  const failed = result({ ok: false, reason: "failed", message: "Gone." }, session);
  const view = play([start(1, session), failed, start(1, session, "j2")]);
  expect(view.video.posting["n1"]).toMatchObject({ jobId: "j2", step: null, outcome: null, message: null });
});
