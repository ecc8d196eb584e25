// offscreen/src/pace.ts: when more may go out.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBackoff } from "../../offscreen/src/backoff";
import { createPace } from "../../offscreen/src/pace";

const WINDOW = 160_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function rig() {
  const goOn = vi.fn();
  return { goOn, pace: createPace(createBackoff({ baseMs: 100, random: () => 0.5 }), goOn) };
}

test("so much may be on its way, and more once no ack has come for a while", () => {
  const { pace, goOn } = rig();
  expect(pace.allows(WINDOW - 1)).toBe(true);
  expect(pace.allows(WINDOW)).toBe(false);
  expect(pace.allows(WINDOW)).toBe(false);
  vi.advanceTimersByTime(4_999);
  expect(goOn).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(goOn).toHaveBeenCalledOnce();
  expect(pace.allows(WINDOW)).toBe(true);
  pace.ease();
  expect(pace.allows(WINDOW)).toBe(false);
});

test("an ack in time leaves the limit as it is", () => {
  const { pace, goOn } = rig();
  pace.allows(WINDOW);
  pace.ease();
  vi.advanceTimersByTime(10_000);
  expect(goOn).not.toHaveBeenCalled();
});

test("the first setback may be mended at once, those after it wait longer each time", () => {
  const { pace, goOn } = rig();
  pace.setBack(true);
  expect(pace.holding).toBe(false);
  for (const waitMs of [100, 200]) {
    pace.setBack(true);
    expect(pace.holding).toBe(true);
    vi.advanceTimersByTime(waitMs - 1);
    expect(pace.holding).toBe(true);
    vi.advanceTimersByTime(1);
    expect(pace.holding).toBe(false);
  }
  expect(goOn).toHaveBeenCalledTimes(2);
  pace.ease();
  pace.setBack(true);
  expect(pace.holding).toBe(false);
});

test("what is forgotten is not waited for", () => {
  const { pace, goOn } = rig();
  pace.setBack(false);
  pace.allows(WINDOW);
  pace.forget();
  expect(pace.holding).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(goOn).not.toHaveBeenCalled();
});
