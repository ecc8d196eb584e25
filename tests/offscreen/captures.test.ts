// offscreen/src/captures.ts: numbers, and what is owed after each join.

import { expect, test } from "vitest";
import { Captures } from "../../offscreen/src/captures";

const TARGET = { mode: "ptt", video: { url: "sidenote:practice" } } as const;
const SECOND = 16_000;

/** One capture of so many seconds after the other, all of it sent. */
function recorded(...seconds: number[]): Captures {
  const captures = new Captures();
  captures.joined(0, 0, true);
  for (const each of seconds) {
    captures.begin(TARGET, 1_000);
    captures.current?.tape.record(new Int16Array(each * SECOND));
    if (captures.current) captures.current.sent = each * SECOND;
  }
  return captures;
}

test("the first join numbers what was recorded before it above what the session has", () => {
  const captures = new Captures();
  captures.begin(TARGET, 1_000);
  captures.current?.tape.record(new Int16Array(SECOND));
  captures.joined(1, 8_000, true); // capture 1 of the session is another one
  expect([captures.first?.number, captures.waiting, captures.top]).toEqual([2, SECOND, 2]);
});

test("after a join what is safe is let go, and the rest is owed from there", () => {
  const captures = recorded(3);
  expect(captures.inFlight).toBe(3 * SECOND);
  captures.joined(1, 2 * SECOND, false);
  expect([captures.owed?.sent, captures.inFlight, captures.waiting]).toEqual([2 * SECOND, 0, SECOND]);
});

test("a capture that the server has left behind is safe and over", () => {
  const captures = recorded(2, 1);
  expect(captures.unfinished).toBe(1);
  captures.noteSafe(2, 4_000);
  expect([captures.first?.number, captures.unfinished, captures.waiting]).toEqual([2, 0, 12_000]);
});

test("a capture that is over here stays until the server knows that, and has it", () => {
  const captures = recorded(1);
  const recording = captures.current;
  captures.end();
  captures.noteSafe(1, SECOND);
  expect(captures.owed).toBe(recording);
  if (recording) recording.over = true;
  captures.forgetSettled();
  expect([captures.owed, captures.unfinished]).toEqual([undefined, 0]);
});

test("what the server takes no more goes on in a capture of its own, before those that follow", () => {
  const captures = recorded(3, 1);
  captures.joined(1, SECOND, false);
  const [first, second] = [captures.first, captures.current];
  if (first) captures.goOnAnew(first);
  expect([first?.number, first?.tape.samples, second?.number, captures.top]).toEqual([3, 2 * SECOND, 4, 4]);
  captures.begin(TARGET, 2_000);
  expect(captures.current?.number).toBe(5);
});

test("where the server has heard of more captures than this client made, nothing is taken for safe", () => {
  const captures = recorded(2);
  captures.joined(9, SECOND, false);
  expect([captures.first?.number, captures.waiting]).toEqual([10, 2 * SECOND]);
});
