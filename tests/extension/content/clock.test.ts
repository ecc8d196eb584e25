// @vitest-environment happy-dom
// extension/src/content/clock.ts: when a sample is told. How exact it is, test_clock.py shows with a real film.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CLOCK_EVENTS, type ClockSample, sampleClock } from "../../../extension/src/content/clock";

let told: ClockSample[] = [];
let end: () => void = () => undefined;

function player(at: { currentTime: number; paused: boolean }): HTMLVideoElement {
  return Object.defineProperties(document.createElement("video"), {
    currentTime: { get: () => at.currentTime },
    paused: { get: () => at.paused },
  });
}

beforeEach(() => {
  told = [];
  vi.useFakeTimers();
});
afterEach(() => {
  end();
  vi.useRealTimers();
});

it("tells at once, on each event of the player and each second, until it is ended", () => {
  const video = player({ currentTime: 12.5, paused: false });
  end = sampleClock({ video, wallMs: () => 7 }, (sample) => told.push(sample));
  expect(told).toEqual([{ wall_ms: 7, media_s: 12.5, rate: 1, paused: false }]);
  for (const name of CLOCK_EVENTS) video.dispatchEvent(new Event(name));
  expect(told).toHaveLength(1 + CLOCK_EVENTS.length);
  vi.advanceTimersByTime(999); // the last event settles
  expect(told).toHaveLength(4 + CLOCK_EVENTS.length);
  vi.advanceTimersByTime(2001);
  expect(told).toHaveLength(7 + CLOCK_EVENTS.length);
  video.dispatchEvent(new Event("pause"));
  end();
  vi.advanceTimersByTime(3000);
  video.dispatchEvent(new Event("pause"));
  expect(told).toHaveLength(8 + CLOCK_EVENTS.length);
});

it("stands where the video was left while something else is shown in its place", () => {
  const at = { currentTime: 30, paused: false };
  let advert = false;
  end = sampleClock({ video: player(at), interrupted: () => advert }, (sample) => told.push(sample));
  advert = true;
  at.currentTime = 4;
  vi.advanceTimersByTime(1000);
  advert = false;
  at.currentTime = 30.5;
  vi.advanceTimersByTime(1000);
  expect(told.map(({ media_s, paused }) => [media_s, paused])).toEqual([
    [30, false],
    [30, true],
    [30.5, false],
  ]);
});

it("tells when the player stumbled, and not that all goes as expected", () => {
  const at = { currentTime: 10, paused: false };
  const video = player(at);
  let nowMs = 0;
  end = sampleClock({ video, wallMs: () => nowMs }, (sample) => told.push(sample));
  const pass = (wallMs: number, mediaS: number): number => {
    nowMs += wallMs;
    at.currentTime += mediaS;
    video.dispatchEvent(new Event("timeupdate"));
    return told.length;
  };
  expect(pass(250, 0.245)).toBe(1);
  expect(pass(250, 0.15)).toBe(2);
  expect(pass(250, 0.25)).toBe(2);
  expect(told.at(-1)).toEqual({ wall_ms: 500, media_s: 10.395, rate: 1, paused: false });
});
