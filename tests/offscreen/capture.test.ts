// offscreen/src/capture.ts: the table, walked through as people do.

import {
  CAPTURE_OFF,
  CAPTURE_TABLE,
  type CaptureEffect,
  type CaptureEventName,
  type CaptureState,
  step,
} from "@sidenote/offscreen";
import { describe, expect, test } from "vitest";

function walk(...events: CaptureEventName[]): { state: CaptureState; effects: CaptureEffect[] } {
  const effects: CaptureEffect[] = [];
  let state = CAPTURE_OFF;
  for (const event of events) {
    const stepped = step(state, event);
    state = stepped.state;
    effects.push(...stepped.effects);
  }
  return { state, effects };
}

const ARMED: CaptureEventName[] = ["arm", "first_buffer"];

test.each<[string, CaptureEventName[], string, CaptureEffect[]]>([
  ["ready is said at the first buffer", ARMED, "armed", ["open", "signal_ready"]],
  [
    "a press goes on for a moment after the key is up",
    [...ARMED, "key_down", "key_up"],
    "grace",
    ["open", "signal_ready", "begin", "start_grace"],
  ],
  [
    "then it ends, and the microphone stays armed",
    [...ARMED, "key_down", "key_up", "grace_over"],
    "armed",
    ["open", "signal_ready", "begin", "start_grace", "end"],
  ],
  [
    "without being armed, the microphone is closed after a press",
    ["key_down", "first_buffer", "key_up", "grace_over"],
    "off",
    ["open", "signal_ready", "begin", "start_grace", "end", "close"],
  ],
  [
    "a popup that is closed in mid-word lets go of the key and of the microphone, in that order",
    [...ARMED, "key_down", "holder_lost", "disarm", "grace_over"],
    "off",
    ["open", "signal_ready", "begin", "start_grace", "end", "close"],
  ],
  [
    "a key that is up before the first buffer records nothing, and the person is told",
    ["arm", "key_down", "key_up", "first_buffer"],
    "armed",
    ["open", "tell_not_ready", "signal_ready"],
  ],
  [
    "a press within the grace of the last one is the next capture",
    [...ARMED, "key_down", "key_up", "key_down"],
    "recording",
    ["open", "signal_ready", "begin", "start_grace", "stop_grace", "end", "begin"],
  ],
  [
    "hands-free is not ended by a key or a popup",
    [...ARMED, "mic_on", "key_down", "key_up", "holder_lost"],
    "recording",
    ["open", "signal_ready", "begin"],
  ],
  [
    "a pause and its end",
    [...ARMED, "mic_on", "pause", "resume", "mic_off", "grace_over"],
    "armed",
    ["open", "signal_ready", "begin", "pause", "resume", "start_grace", "end"],
  ],
  [
    "cancelled in the grace, nothing ends it twice",
    [...ARMED, "key_down", "key_up", "cancel", "grace_over"],
    "armed",
    ["open", "signal_ready", "begin", "start_grace", "stop_grace", "abort"],
  ],
  [
    "over the limit it ends and says so",
    [...ARMED, "mic_on", "over_limit"],
    "armed",
    ["open", "signal_ready", "begin", "end", "tell_limit"],
  ],
  [
    "a device that is lost fails the capture, and the next press opens it again",
    [...ARMED, "key_down", "lost", "key_up", "key_down"],
    "starting",
    ["open", "signal_ready", "begin", "fail", "close", "open"],
  ],
  [
    "a refused microphone has failed until somebody tries again",
    ["arm", "refused", "disarm", "arm"],
    "opening",
    ["open", "close", "open"],
  ],
  [
    "what has failed stays so when the hand leaves the button",
    ["key_down", "refused", "key_up", "disarm"],
    "failed",
    ["open", "close"],
  ],
])("%s", (_, events, name, effects) => {
  expect(walk(...events)).toMatchObject({ state: { name }, effects });
});

describe("whatever happens in whatever order", () => {
  const events = [...new Set(Object.values(CAPTURE_TABLE).flatMap((row) => Object.keys(row)))] as CaptureEventName[];

  /** Every sequence of so many events, as the states it leads through. */
  function explore(depth: number): { state: CaptureState; effects: readonly CaptureEffect[] }[] {
    let reached: { state: CaptureState; effects: readonly CaptureEffect[] }[] = [{ state: CAPTURE_OFF, effects: [] }];
    const all = reached;
    for (let at = 0; at < depth; at++) {
      reached = reached.flatMap(({ state, effects }) =>
        events.map((event) => {
          const stepped = step(state, event);
          return { state: stepped.state, effects: [...effects, ...stepped.effects] };
        }),
      );
      all.push(...reached);
    }
    return all;
  }
  const walks = explore(4);

  test("captures begin and end in turn, and one is open where the state says so", () => {
    for (const { state, effects } of walks) {
      let open = 0;
      for (const effect of effects) {
        if (effect === "begin") open++;
        if (effect === "end" || effect === "abort" || effect === "fail") open--;
        expect(open === 0 || open === 1).toBe(true);
      }
      expect(open).toBe(["recording", "grace", "paused"].includes(state.name) ? 1 : 0);
    }
  });

  test("the microphone is open where the state says so, and nobody keeps it open for nothing", () => {
    for (const { state, effects } of walks) {
      const balance = effects.reduce((sum, effect) => sum + Number(effect === "open") - Number(effect === "close"), 0);
      expect(balance).toBe(state.name === "off" || state.name === "failed" ? 0 : 1);
      if (state.name === "armed" || state.name === "opening") expect(state.armed).toBe(true);
    }
  });
});
