// @vitest-environment happy-dom
// extension/src/talk/local.ts: a page with microphone and video of its own, without a server.

import { createWallClock } from "@sidenote/offscreen";
import { expect, test } from "vitest";
import { localTalk } from "../../../extension/src/talk/local";
import { aboutPractice, room, until } from "./rig";

function page() {
  const here = room("http://127.0.0.1:9", "");
  const video = document.createElement("video");
  const subject = aboutPractice({ tabId: null, windowId: null });
  return { ...here, video, subject, talk: localTalk({ ...here, subject, video, wallMs: createWallClock() }) };
}

test("the page's own player is followed and asked", async () => {
  const { talk, video, close } = page();
  expect(talk.position.now).toMatchObject({ media_s: 0, paused: true });
  talk.command({ action: "seek", to_s: 12 });
  video.dispatchEvent(new Event("seeked"));
  await until(talk.position, (position) => position?.media_s === 12);
  talk.close();
  close();
});

test("a page that goes lets go of its key and of the microphone", async () => {
  const { talk, device, subject, close } = page();
  talk.send({ type: "arm", about: subject });
  talk.send({ type: "key_down", about: subject });
  device.hear(new Int16Array(3_200));
  expect(talk.state.now.capture).toBe("recording");
  talk.close();
  expect(talk.state.now.capture).toBe("grace");
  await until(talk.state, ({ capture }) => capture === "off");
  expect([device.isOpen(), talk.state.now.waitingS]).toEqual([false, 0]);
  close();
});
