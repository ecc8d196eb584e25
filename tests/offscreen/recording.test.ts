// offscreen/src/recording.ts, marks.ts: what is said about samples goes with them, and again when they do.

import { expect, test } from "vitest";
import { Recording } from "../../offscreen/src/recording";

function spoken(): Recording {
  const recording = new Recording(3, { mode: "ptt", video: { url: "sidenote:practice" } });
  for (const wallMs of [1_000, 2_000, 3_000]) {
    recording.anchor(wallMs);
    recording.tape.record(new Int16Array(16_000));
  }
  return recording;
}

test("an anchor goes out before its sample, once", () => {
  const recording = spoken();
  expect(recording.anchors.due(0)).toEqual([{ sample: 0, wallMs: 1_000 }]);
  expect(recording.anchors.due(15_999)).toEqual([]);
  expect(recording.anchors.due(40_000).map(({ sample }) => sample)).toEqual([16_000, 32_000]);
});

test("with samples that are sent again, the anchor that holds for them goes again", () => {
  const recording = spoken();
  recording.anchors.due(48_000);
  recording.keepFrom(20_000);
  expect(recording.rewind(20_000)).toBe(true);
  expect(recording.anchors.due(20_000)).toEqual([{ sample: 16_000, wallMs: 2_000 }]);
  expect(recording.rewind(19_999)).toBe(false);
  expect(recording.unsafeSinceMs).toBe(2_250);
});

test("a rewind to before a pause takes the pause back", () => {
  const recording = spoken();
  recording.pause(true);
  recording.tape.recordSilence(100);
  recording.pause(false);
  expect(recording.pauses.due(48_000)).toEqual([{ sample: 48_000, paused: true }]);
  recording.rewind(30_000);
  expect(recording.pauses.due(30_000)).toEqual([{ sample: 0, paused: false }]);
  expect(recording.pauses.due(48_100).map(({ paused }) => paused)).toEqual([true, false]);
});

test("the rest as a capture of its own was recorded when it was recorded", () => {
  const recording = spoken();
  recording.anchors.due(48_000);
  recording.keepFrom(24_000);
  recording.goOnAs(7);
  expect([recording.number, recording.sent, recording.tape.samples]).toEqual([7, 0, 24_000]);
  expect(recording.anchors.due(48_000)).toEqual([
    { sample: 0, wallMs: 2_500 },
    { sample: 8_000, wallMs: 3_000 },
  ]);
});
