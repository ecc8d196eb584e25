// offscreen/src/opus.ts where there is no WebCodecs, and an uplink whose Opus comes to nothing. What it makes of real
// speech in a real Chromium is in test_opus.py.

import { createUplink, type OpusEncoder, openOpus, type Refusal } from "@sidenote/offscreen";
import type { Socket } from "phoenix";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connectTo, dataFolder, type Server, startServer } from "./rig/server";
import { inFrames, speak } from "./rig/speech";

const TARGET = { mode: "ptt", video: { url: "sidenote:practice" } } as const;

const data = dataFolder();
let server: Server;
let socket: Socket;
let sessions = 0;

beforeAll(async () => {
  server = await startServer(data.path);
  socket = connectTo(`ws://127.0.0.1:${server.port}`, server.token);
}, 30_000);
afterAll(async () => {
  socket.disconnect();
  await server.kill();
  data.remove();
});
let leave = (): void => {};
afterEach(() => leave());

/** Say a sentence through this encoder: the encodings that were joined with, what was heard, and what was refused. */
async function said(text: string, opus: OpusEncoder | null) {
  const session = `s${++sessions}`;
  const channel = socket.channel(`session:${session}`);
  const heard = new Promise<string>((resolve) => {
    channel.on("asr_final", ({ text }: { text: string }) => resolve(text.toLowerCase()));
  });
  await new Promise((resolve) => channel.join().receive("ok", resolve));
  const encodings: string[] = [];
  const refusals: Refusal[] = [];
  const uplink = createUplink({
    openChannel: (params) =>
      socket.channel(`audio:${session}`, () => {
        const join = params();
        encodings.push(join.encoding);
        return join;
      }),
    clientId: "test",
    opus,
    onRefusal: (refusal) => refusals.push(refusal),
  });
  leave = () => uplink.close();
  uplink.begin(TARGET, Date.now());
  for (const frame of inFrames(speak(text), 320)) uplink.record(frame);
  uplink.stop();
  return { heard: await heard, encodings, refusals };
}

test("without WebCodecs there is no Opus, and sound goes out as PCM16", async () => {
  const opus = await openOpus();
  expect(opus).toBeNull();
  const { heard, encodings } = await said("Nice pacing in this montage.", opus);
  expect(heard).toContain("nice pacing in this montage");
  expect(encodings).toEqual(["pcm16"]);
});

test("where the encoder fails, all of it goes out as PCM16", async () => {
  const failing = { pushSamples: 1_816, encode: () => Promise.reject(new Error("the encoder is gone")) };
  const { heard, encodings, refusals } = await said("Please lower the background music under the interview.", failing);
  expect(heard).toContain("lower the background music under the interview");
  expect(encodings).toEqual(["opus", "pcm16"]);
  expect(refusals).toEqual([]);
});

test("what the server can't decode goes out again as PCM16", async () => {
  const garbled = { pushSamples: 1_816, encode: async () => new Uint8Array([100, 0, 0, 0, 1, 0, 3]) };
  const { heard, encodings, refusals } = await said("Add a short pause before the punch line.", garbled);
  expect(heard).toContain("pause before the punch");
  expect(encodings).toEqual(["opus", "pcm16"]);
  expect(refusals).toEqual([]);
});
