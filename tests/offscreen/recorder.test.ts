// offscreen/src/recorder.ts, take.ts: from a device that the test feeds to an uplink that writes down what it is told.

import {
  createRecorder,
  FRAME_SAMPLES,
  type MicrophoneListener,
  type Recorder,
  type RecorderNotice,
  type RecorderOptions,
  type Uplink,
  type Vad,
} from "@sidenote/offscreen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const BEGAN_MS = 1_700_000_000_000;
const VIDEO = { url: "sidenote:practice" };

/** What the uplink was told: calls by name, and recorded frames by their first sample. */
type Told = (string | number)[];

type Rig = {
  recorder: Recorder;
  told: Told;
  anchors: { at: number; wallMs: number }[];
  notices: RecorderNotice[];
  ready: () => number;
  /** The device is handed out. */
  grant: () => Promise<void>;
  refuse: (name: string) => Promise<void>;
  /** So many frames of 20 ms, counted on from the last. */
  frames: (count: number) => void;
  listener: () => MicrophoneListener;
  isOpen: () => boolean;
};

beforeEach(() => void vi.useFakeTimers({ now: BEGAN_MS }));
afterEach(() => void vi.useRealTimers());

type Device = Readonly<{ label: string; latencyMs: number; close: () => void }>;

function deferred(): { promise: Promise<Device>; resolve: (device: Device) => void; reject: (why: unknown) => void } {
  let [resolve, reject]: [(device: Device) => void, (why: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<Device>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

function rig(more: Partial<RecorderOptions> & { takes?: () => boolean } = {}): Rig {
  const told: Told = [];
  const anchors: { at: number; wallMs: number }[] = [];
  const notices: RecorderNotice[] = [];
  let [recorded, counter, readies, open] = [0, 0, 0, false];
  let asked = deferred();
  let listener: MicrophoneListener | null = null;

  const uplink: Uplink = {
    open: () => told.push("open"),
    begin(target, wallMs) {
      told.push(`begin ${target.mode}`);
      recorded = 0;
      anchors.push({ at: 0, wallMs });
    },
    record(pcm) {
      if (more.takes && !more.takes()) return false;
      told.push(pcm[0] ?? -1);
      recorded += pcm.length;
      return true;
    },
    gap(samples) {
      told.push(`gap ${samples}`);
      recorded += samples;
    },
    anchor: (wallMs) => anchors.push({ at: recorded, wallMs }),
    pause: () => told.push("pause"),
    resume: () => told.push("resume"),
    stop: () => told.push("stop"),
    fail: (reason) => told.push(`fail: ${reason}`),
    cancel: () => told.push("cancel"),
    clock: () => {},
    retry: () => {},
    state: () => ({ link: "joined", waitingS: 0, unfinished: 0 }),
    close: () => {},
  };
  const recorder = createRecorder({
    uplink,
    openMicrophone(given) {
      listener = given;
      asked = deferred();
      return asked.promise;
    },
    video: () => VIDEO,
    wallMs: () => Date.now(),
    onReady: () => readies++,
    onNotice: (notice) => notices.push(notice),
    ...more,
  });
  const present = (): MicrophoneListener => {
    if (!listener) throw new Error("nobody asked for the microphone");
    return listener;
  };
  return {
    recorder,
    told,
    anchors,
    notices,
    ready: () => readies,
    async grant() {
      open = true;
      asked.resolve({
        label: "test",
        latencyMs: 15,
        close() {
          open = false;
        },
      });
      await asked.promise;
    },
    async refuse(name) {
      asked.reject(new DOMException("", name));
      await vi.advanceTimersByTimeAsync(0);
    },
    frames(count) {
      for (let i = 0; i < count; i++) {
        vi.setSystemTime(Date.now() + 20);
        present().onFrame(new Int16Array(FRAME_SAMPLES).fill(counter++));
      }
    },
    listener: present,
    isOpen: () => open,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

test("a press has the moment before it, the press, and 200 ms after it", async () => {
  const { recorder, told, anchors, ready, grant, frames, isOpen } = rig();
  recorder.send("arm");
  await grant();
  expect(ready()).toBe(0);
  frames(1);
  expect(ready()).toBe(1);
  frames(99);
  recorder.send("key_down");
  frames(50);
  recorder.send("key_up");
  frames(9);
  vi.advanceTimersByTime(199);
  frames(1);
  expect(told.at(-1)).not.toBe("stop");
  vi.advanceTimersByTime(1);
  frames(10);
  expect(told).toEqual(["open", "begin ptt", ...range(78, 160), "stop"]);
  // Frame 78 was recorded 78 frames after the first, and reached the page 15 ms after it was in the air.
  expect(anchors).toEqual([{ at: 0, wallMs: BEGAN_MS + 78 * 20 - 15 }]);
  expect(isOpen()).toBe(true);
  recorder.send("disarm");
  expect(isOpen()).toBe(false);
});

test("a press before the microphone is there is recorded from its first buffer", async () => {
  const { recorder, told, grant, frames, isOpen } = rig();
  recorder.send("key_down");
  await grant();
  frames(30);
  recorder.send("key_up");
  vi.advanceTimersByTime(200);
  expect(told).toEqual(["open", "begin ptt", ...range(0, 30), "stop"]);
  expect(isOpen()).toBe(false);
});

test("a microphone that comes after everybody has gone is closed", async () => {
  const { recorder, grant, notices, isOpen } = rig();
  recorder.send("key_down");
  recorder.send("key_up");
  await grant();
  await vi.advanceTimersByTimeAsync(0);
  expect([notices, isOpen(), recorder.state().name]).toEqual([["not_ready"], false, "off"]);
});

test("the uplink is told every 5 s when a sample was recorded, and at once after sleep", async () => {
  const { recorder, anchors, grant, frames } = rig();
  recorder.send("mic_on");
  await grant();
  frames(600);
  expect(anchors.map(({ at }) => at)).toEqual([0, 80_000, 160_000]);
  vi.setSystemTime(Date.now() + 60_000);
  frames(20);
  expect(anchors).toHaveLength(4);
  for (const { at, wallMs } of anchors.slice(0, 3)) expect(wallMs).toBe(BEGAN_MS + at / 16 - 15);
  expect(anchors[3]?.wallMs).toBe(BEGAN_MS + 60_000 + (anchors[3]?.at ?? 0) / 16 - 15);
});

test("a pause is counted and not recorded", async () => {
  const { recorder, told, grant, frames } = rig();
  recorder.send("mic_on");
  await grant();
  frames(2);
  recorder.send("pause");
  frames(3);
  recorder.send("resume");
  frames(1);
  recorder.send("mic_off");
  vi.advanceTimersByTime(200);
  const silence = `gap ${FRAME_SAMPLES}`;
  expect(told).toEqual(["open", "begin hands-free", 0, 1, "pause", silence, silence, silence, "resume", 5, "stop"]);
});

test("what the uplink has no room for ends the capture, and the person is told once", async () => {
  let room = 5;
  const { recorder, told, notices, grant, frames } = rig({ takes: () => room-- > 0 });
  recorder.send("arm");
  await grant();
  recorder.send("mic_on");
  frames(10);
  expect(notices).toEqual(["limit"]);
  expect(told.filter((each) => each === "stop")).toHaveLength(1);
  expect(recorder.state().name).toBe("armed");
});

test("a device that is lost in mid-word is told to the server and to the person", async () => {
  const { recorder, told, grant, frames, listener } = rig();
  recorder.send("key_down");
  await grant();
  frames(3);
  listener().onLost({ reason: "lost", message: "It is gone." });
  expect(told).toEqual(["open", "begin ptt", 0, 1, 2, "fail: It is gone."]);
  expect(recorder.state()).toMatchObject({ name: "failed", failure: { reason: "lost" } });
  recorder.send("key_up");
  recorder.send("key_down");
  expect(recorder.state()).toMatchObject({ name: "starting", failure: null });
});

test("a refused microphone says why", async () => {
  const states: unknown[] = [];
  const { recorder, refuse } = rig({ onState: ({ name, failure }) => states.push([name, failure?.reason ?? null]) });
  recorder.send("arm");
  await refuse("NotAllowedError");
  expect(states).toEqual([
    ["opening", null],
    ["failed", "refused"],
  ]);
  expect(recorder.state().failure?.message).toContain("Allow it");
});

test("Esc drops the capture, and the next one begins clean", async () => {
  const { recorder, told, grant, frames } = rig();
  recorder.send("arm");
  await grant();
  frames(1);
  recorder.send("key_down");
  frames(2);
  recorder.send("cancel");
  frames(1);
  recorder.send("key_down");
  frames(1);
  expect(told).toEqual(["open", "begin ptt", 0, 1, 2, "cancel", "begin ptt", 3, 4]);
});

/** Judges every window after a turn of the event loop, as a model does. */
function judging(judge: () => number | Promise<number>): Vad {
  return {
    stream: () => ({ probability: async () => judge(), reset: () => {} }),
    close: async () => {},
  };
}

test("hands-free, what is judged later still comes in order, whole, and before the end", async () => {
  const { recorder, told, grant, frames } = rig({ vad: judging(() => 0.9) });
  recorder.send("arm");
  recorder.send("mic_on");
  await grant();
  frames(21);
  recorder.send("mic_off");
  vi.advanceTimersByTime(200);
  recorder.send("key_down");
  await vi.advanceTimersByTimeAsync(0);
  // 21 frames are 13 windows of 512 samples, each beginning in frame i * 1.6, and a rest.
  const windows = range(0, 13).map((i) => Math.floor(i * 1.6));
  expect(told.slice(0, 17)).toEqual(["open", "begin hands-free", ...windows, 20, "stop"]);
});

test("hands-free silence is left out, and what can't be judged is not", async () => {
  const quiet = rig({ vad: judging(() => 0) });
  quiet.recorder.send("mic_on");
  await quiet.grant();
  quiet.frames(300);
  await vi.advanceTimersByTimeAsync(0);
  expect(quiet.told.filter((each) => each === "gap 512").length).toBeGreaterThan(100);
  const broken = rig({ vad: judging(() => Promise.reject(new Error("out of memory"))) });
  broken.recorder.send("mic_on");
  await broken.grant();
  broken.frames(300);
  await vi.advanceTimersByTimeAsync(0);
  expect(broken.told.filter((each) => typeof each === "number")).toHaveLength(187);
});
