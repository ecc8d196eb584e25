// offscreen/src/uplink.ts: the real phoenix.js against a real server, through connections that are cut.

import { createUplink, type Refusal, type Uplink, type UplinkOptions, type UplinkState } from "@sidenote/offscreen";
import type { Socket } from "phoenix";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Gate, startGate } from "./rig/gate";
import { connectTo, dataFolder, type Server, startServer } from "./rig/server";
import { inFrames, speak } from "./rig/speech";

const TARGET = { mode: "ptt", video: { url: "sidenote:practice" } } as const;
const FRAME = 320;
const FRAME_MS = 20;

const data = dataFolder();
let server: Server;
let gate: Gate;
let sockets: Socket[] = [];
let uplinks: Uplink[] = [];
let sessions = 0;

beforeAll(async () => {
  server = await startServer(data.path);
  gate = await startGate();
}, 30_000);
afterAll(async () => {
  await gate.close();
  await server.kill();
  data.remove();
});
beforeEach(() => gate.open(server.port));
afterEach(() => {
  for (const uplink of uplinks) uplink.close();
  for (const socket of sockets) socket.disconnect();
  sockets = [];
  uplinks = [];
});

type Seen = Readonly<{
  note?: Readonly<{ transcript: string; timestamp_s: number }>;
  endpoint?: number;
  capture?: number;
  microphone?: string;
  text?: string;
}>;

type Rig = {
  uplink: Uplink;
  states: UplinkState[];
  refusals: Refusal[];
  next(event: string): Promise<Seen>;
  /** Until the uplink says so. */
  until(wanted: (state: UplinkState) => boolean): Promise<void>;
};

/** A microphone through the gate, and a view of the same session that no cut touches, only the end of the server. */
async function rig(session = `s${++sessions}`, more: Partial<UplinkOptions> = {}): Promise<Rig> {
  const view = connectTo(`ws://127.0.0.1:${server.port}`, server.token);
  const mine = connectTo(gate.url, server.token);
  sockets.push(view, mine);
  const seen = new Map<string, Seen[]>();
  const waiting = new Map<string, (payload: Seen) => void>();
  const channel = view.channel(`session:${session}`);
  for (const event of ["note_created", "state_changed", "speech_ended", "asr_final"]) {
    channel.on(event, (payload: Seen) => {
      const resolve = waiting.get(event);
      waiting.delete(event);
      if (resolve) resolve(payload);
      else seen.set(event, [...(seen.get(event) ?? []), payload]);
    });
  }
  await new Promise((resolve) => channel.join().receive("ok", resolve));

  const states: UplinkState[] = [];
  const refusals: Refusal[] = [];
  let changed = (): void => {};
  const uplink = createUplink({
    openChannel: (params) => mine.channel(`audio:${session}`, params),
    clientId: "test",
    onChange(state) {
      states.push(state);
      changed();
    },
    onRefusal(refusal) {
      refusals.push(refusal);
      changed();
    },
    ...more,
  });
  uplinks.push(uplink);
  return {
    uplink,
    states,
    refusals,
    next(event) {
      const [first, ...rest] = seen.get(event) ?? [];
      if (first) {
        seen.set(event, rest);
        return Promise.resolve(first);
      }
      return new Promise((resolve) => waiting.set(event, resolve));
    },
    until: (wanted) =>
      new Promise((resolve) => {
        changed = () => {
          if (wanted(uplink.state())) resolve();
        };
        changed();
      }),
  };
}

/** Frames as a microphone delivers them, one each 20 ms. */
async function play(uplink: Uplink, frames: readonly Int16Array[]): Promise<void> {
  for (const frame of frames) {
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    uplink.record(frame);
  }
}

function textOf(created: Seen): string {
  return created.note?.transcript.toLowerCase() ?? "";
}

/** All of it at once, as fast as a replay. */
function pour(uplink: Uplink, pcm: Int16Array): void {
  for (const frame of inFrames(pcm, FRAME)) uplink.record(frame);
}

test("a note is whole though the connection was cut while it was spoken", async () => {
  const { uplink, states, refusals, next, until } = await rig();
  const frames = inFrames(speak("Please lower the background music under the interview."), FRAME);
  const half = Math.floor(frames.length / 2);
  uplink.clock({ wall_ms: Date.now(), media_s: 42, rate: 1, paused: true });
  uplink.begin(TARGET, Date.now());
  await play(uplink, frames.slice(0, half));
  gate.shut();
  await play(uplink, frames.slice(half));
  uplink.stop();
  expect(uplink.state()).toMatchObject({ link: "away", unfinished: 1 });
  expect(uplink.state().waitingS).toBeGreaterThanOrEqual(1);
  gate.open(server.port);
  const note = await next("note_created");
  expect(textOf(note)).toContain("lower the background music under the interview");
  expect(note.note).toMatchObject({ timestamp_s: 42 });
  expect(await next("speech_ended")).toMatchObject({ capture: 1, endpoint: frames.reduce((n, f) => n + f.length, 0) });
  await until(({ unfinished }) => unfinished === 0);
  expect(states.at(-1)).toEqual({ link: "joined", waitingS: 0, unfinished: 0 });
  expect(refusals).toEqual([]);
}, 20_000);

test("what is swallowed by a dead connection is sent again", async () => {
  const { uplink, refusals, next, until } = await rig();
  const spoken = speak("Nice pacing in this montage.");
  uplink.begin(TARGET, Date.now());
  await until(({ link }) => link === "joined");
  gate.swallow();
  pour(uplink, spoken.subarray(0, spoken.length / 2));
  gate.shut();
  gate.open(server.port);
  pour(uplink, spoken.subarray(spoken.length / 2));
  uplink.stop();
  expect(textOf(await next("note_created"))).toContain("nice pacing in this montage");
  await until(({ unfinished, waitingS }) => unfinished === 0 && waitingS === 0);
  expect(refusals).toEqual([]);
}, 20_000);

test("captures of both modes that were made while the server was away arrive in their order", async () => {
  gate.shut();
  const { uplink, next, until } = await rig();
  const began = Date.now();
  uplink.begin({ ...TARGET, mode: "hands-free" }, began);
  pour(uplink, speak("The sky is blown out in the drone footage."));
  uplink.gap(3 * 16_000);
  pour(uplink, speak("Add a short pause before the punch line."));
  uplink.begin(TARGET, began + 30_000);
  pour(uplink, speak("The cut here comes half a second too early."));
  uplink.stop();
  expect(uplink.state().unfinished).toBe(2);
  gate.open(server.port);
  const notes = [await next("note_created"), await next("note_created"), await next("note_created")];
  expect(notes.map(textOf)).toEqual([
    expect.stringContaining("sky is blown out"),
    expect.stringContaining("pause before the punch"),
    expect.stringContaining("half a second too early"),
  ]);
  const ends = [await next("speech_ended"), await next("speech_ended"), await next("speech_ended")];
  expect(ends.map(({ capture }) => capture)).toEqual([1, 1, 2]);
  await until(({ unfinished, waitingS }) => unfinished === 0 && waitingS === 0);
}, 20_000);

test("a second client of the session goes on above the captures of the first", async () => {
  const first = await rig("shared");
  first.uplink.begin(TARGET, Date.now());
  pour(first.uplink, speak("Nice pacing in this montage."));
  first.uplink.stop();
  await first.until(({ unfinished }) => unfinished === 0);
  const second = await rig("shared", { clientId: "other" });
  second.uplink.begin(TARGET, Date.now());
  pour(second.uplink, speak("The sky is blown out in the drone footage."));
  second.uplink.stop();
  await second.until(() => second.refusals.length > 0);
  expect(second.refusals).toEqual([{ kind: "second_microphone", message: expect.stringContaining("stop it there") }]);
  expect(second.uplink.state()).toMatchObject({ link: "refused", unfinished: 1 });
  first.uplink.close();
  second.uplink.retry();
  const ended = await second.next("speech_ended");
  expect(ended.capture === 2 || (await second.next("speech_ended")).capture === 2).toBe(true);
  await second.until(({ unfinished }) => unfinished === 0);
}, 20_000);

test("what was cancelled while the server was away makes no note, and the next capture does", async () => {
  const { uplink, next, until } = await rig();
  uplink.begin(TARGET, Date.now());
  await until(({ link }) => link === "joined");
  pour(uplink, speak("The sky is blown out in the drone footage."));
  expect((await next("state_changed")).microphone).toBe("listening");
  gate.shut();
  await until(({ link }) => link === "away");
  uplink.cancel();
  expect(uplink.state()).toMatchObject({ waitingS: 0, unfinished: 0 });
  uplink.begin(TARGET, Date.now());
  pour(uplink, speak("Nice pacing in this montage."));
  uplink.stop();
  gate.open(server.port);
  expect(textOf(await next("note_created"))).toContain("nice pacing in this montage");
}, 20_000);

test("what was said before while the server was away is kept, though the next is cancelled", async () => {
  const { uplink, next, until } = await rig();
  uplink.begin(TARGET, Date.now());
  await until(({ link }) => link === "joined");
  uplink.cancel();
  gate.shut();
  await until(({ link }) => link === "away");
  for (const words of ["Nice pacing in this montage.", "The sky is blown out in the drone footage."]) {
    uplink.begin(TARGET, Date.now());
    pour(uplink, speak(words));
    uplink.stop();
  }
  uplink.cancel();
  expect(uplink.state()).toMatchObject({ unfinished: 1 });
  gate.open(server.port);
  expect(textOf(await next("note_created"))).toContain("nice pacing in this montage");
  await until(({ unfinished }) => unfinished === 0);
  uplink.begin(TARGET, Date.now());
  pour(uplink, speak("Please lower the background music under the interview."));
  uplink.stop();
  expect(textOf(await next("note_created"))).toContain("music");
}, 20_000);

test("over the limit the capture ends with a reason, and what was said is kept", async () => {
  gate.shut();
  const { uplink, refusals, next, until } = await rig(undefined, { mostWaitingS: 4 });
  const spoken = speak("Nice pacing in this montage.");
  uplink.begin(TARGET, Date.now());
  pour(uplink, spoken);
  expect(uplink.record(new Int16Array(5 * 16_000))).toBe(false);
  expect(refusals).toMatchObject([{ kind: "limit", waitingS: Math.floor(spoken.length / 16_000) }]);
  expect(uplink.record(new Int16Array(FRAME))).toBe(false);
  gate.open(server.port);
  expect(textOf(await next("note_created"))).toContain("nice pacing in this montage");
  await until(({ unfinished }) => unfinished === 0);
}, 20_000);

test("when the microphone is gone, what came before is an utterance and the session shows the error", async () => {
  const { uplink, next } = await rig();
  uplink.begin(TARGET, Date.now());
  pour(uplink, speak("Nice pacing in this montage."));
  uplink.fail("The microphone is gone.");
  expect(textOf(await next("note_created"))).toContain("nice pacing in this montage");
  const seen = [await next("state_changed")];
  while (seen.at(-1)?.microphone !== "error") seen.push(await next("state_changed"));
  expect(seen.map(({ microphone }) => microphone)).toContain("listening");
}, 20_000);

test("a note is whole though the server was killed while it was spoken", async () => {
  const session = "killed";
  const { uplink, until } = await rig(session);
  const spoken = speak("Please lower the background music under the interview.");
  uplink.begin(TARGET, Date.now());
  pour(uplink, spoken.subarray(0, spoken.length / 2));
  await until(({ link, waitingS }) => link === "joined" && waitingS === 0);
  gate.shut();
  await server.kill();
  pour(uplink, spoken.subarray(spoken.length / 2));
  uplink.stop();
  server = await startServer(data.path);
  const { next } = await rig(session);
  gate.open(server.port);
  expect(textOf(await next("note_created"))).toContain("lower the background music under the interview");
  await until(({ unfinished, waitingS }) => unfinished === 0 && waitingS === 0);
}, 20_000);
