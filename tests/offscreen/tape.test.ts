// offscreen/src/tape.ts: what is kept, read and let go.

import { expect, test } from "vitest";
import { Tape } from "../../offscreen/src/tape";

const SECOND = 16_000;

function counting(from: number, samples: number): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => (from + i) % 30_000);
}

/** Everything from a sample on; silence as zeros. */
function rest(tape: Tape, from: number): number[] {
  const read: number[] = [];
  for (let piece = tape.read(from); piece; piece = tape.read(piece.start + piece.samples)) {
    read.push(...(piece.pcm ?? new Int16Array(piece.samples)));
  }
  return read;
}

test("what was recorded in frames is read from any sample on, across seconds and silence", () => {
  const tape = new Tape();
  for (let at = 0; at < 40_000; at += 320) tape.record(counting(at, 320));
  tape.recordSilence(1_000);
  tape.recordSilence(500);
  tape.record(counting(41_500, 700));
  const all = [...counting(0, 40_000), ...new Int16Array(1_500), ...counting(41_500, 700)];
  expect(tape.samples).toBe(42_200);
  for (const from of [0, 1, 15_999, 16_000, 39_999, 40_700, 42_199]) expect(rest(tape, from)).toEqual(all.slice(from));
  expect(tape.read(42_200)).toBeNull();
});

test("pieces are of one kind, and of no more than was asked for", () => {
  const tape = new Tape();
  tape.record(new Int16Array(2 * SECOND));
  tape.recordSilence(700 * SECOND);
  expect(tape.read(0, 640)).toMatchObject({ start: 0, samples: 640 });
  expect(tape.read(2 * SECOND)).toEqual({ start: 2 * SECOND, samples: 600 * SECOND, pcm: null });
});

test("what is safe is not kept", () => {
  const tape = new Tape();
  tape.record(counting(0, 2 * SECOND));
  tape.recordSilence(SECOND);
  expect(tape.held).toBe(2 * SECOND);
  tape.keepFrom(20_000);
  expect([tape.safe, tape.held]).toEqual([20_000, 12_000]);
  expect(tape.read(19_999)).toBeNull();
  expect(tape.read(20_000)?.pcm?.[0]).toBe(20_000);
  tape.keepFrom(10_000);
  expect([tape.safe, tape.held]).toEqual([20_000, 12_000]);
  tape.keepFrom(99 * SECOND);
  expect([tape.safe, tape.held]).toEqual([3 * SECOND, 0]);
  tape.record(counting(0, 320));
  expect(tape.read(3 * SECOND)).toMatchObject({ samples: 320 });
});

test("the rest begins at sample 0", () => {
  const tape = new Tape();
  tape.record(counting(0, 20_000));
  tape.recordSilence(5);
  tape.keepFrom(18_000);
  const anew = tape.rest();
  expect([anew.samples, anew.safe, anew.held]).toEqual([2_005, 0, 2_000]);
  expect(rest(anew, 0)).toEqual([...counting(18_000, 2_000), 0, 0, 0, 0, 0]);
});
