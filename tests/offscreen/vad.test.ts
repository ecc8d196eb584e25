// offscreen/src/vad.ts, silence.ts: speech is found where it is, and silence is left out without losing count.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createSilenceGate, loadVad, type Vad, WINDOW_SAMPLES } from "@sidenote/offscreen";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PYTHON } from "./rig/server";
import { inFrames, speak } from "./rig/speech";

const SECOND = 16_000;

let vad: Vad;
/** Two seconds of a quiet room, a sentence, and four seconds more. */
let room: Int16Array;
let [speechFrom, speechTo] = [0, 0];

beforeAll(async () => {
  const find = "import faster_whisper.assets as a; print(list(a.__path__)[0])";
  const folder = execFileSync(PYTHON, ["-c", find], { encoding: "utf8" }).trim();
  vad = await loadVad({ model: readFileSync(`${folder}/silero_vad_v6.onnx`) });
  const spoken = speak("Please lower the background music under the interview.");
  room = Int16Array.from({ length: 2 * SECOND + spoken.length + 4 * SECOND }, (_, i) => ((i * 7_919) % 41) - 20);
  room.set(spoken, 2 * SECOND);
  [speechFrom, speechTo] = [2 * SECOND, 2 * SECOND + spoken.length];
}, 30_000);
afterAll(() => vad.close());

async function probabilities(samples: Int16Array): Promise<number[]> {
  const stream = vad.stream();
  const windows = inFrames(samples, WINDOW_SAMPLES).filter(({ length }) => length === WINDOW_SAMPLES);
  return Promise.all(windows.map((window) => stream.probability(window)));
}

test("speech is found where it is, and nowhere else", async () => {
  const found = (await probabilities(room)).map((probability) => probability >= 0.5);
  const inSpeech = found.filter((_, i) => i * WINDOW_SAMPLES >= speechFrom && (i + 1) * WINDOW_SAMPLES <= speechTo);
  const before = found.slice(0, Math.floor(speechFrom / WINDOW_SAMPLES));
  const after = found.slice(Math.ceil((speechTo + SECOND / 2) / WINDOW_SAMPLES));
  expect(inSpeech.filter(Boolean).length / inSpeech.length).toBeGreaterThan(0.7);
  expect([...before, ...after].filter(Boolean)).toEqual([]);
});

test("streams don't hear each other, and one that was reset hears as if new", async () => {
  const spoken = room.subarray(speechFrom, speechFrom + 20 * WINDOW_SAMPLES);
  const alone = await probabilities(spoken);
  const [again, beside] = await Promise.all([probabilities(spoken), probabilities(room.subarray(0, SECOND))]);
  expect(again).toEqual(alone);
  expect(Math.max(...beside)).toBeLessThan(0.5);
  const stream = vad.stream();
  const first = spoken.slice(10 * WINDOW_SAMPLES, 11 * WINDOW_SAMPLES);
  const fresh = await stream.probability(first);
  await stream.probability(first);
  stream.reset();
  expect(await stream.probability(first)).toBe(fresh);
});

test("silence is left out, the moment before speech is kept, and every sample counts", async () => {
  const parts: { from: number; pcm: Int16Array | null; samples: number }[] = [];
  let counted = 0;
  const add = (samples: number, pcm: Int16Array | null): void => {
    parts.push({ from: counted, pcm, samples });
    counted += samples;
  };
  const gate = createSilenceGate({ sound: (pcm) => add(pcm.length, pcm), silence: (samples) => add(samples, null) });
  const judged = await probabilities(room);
  judged.forEach((probability, i) => {
    gate.take(room.subarray(i * WINDOW_SAMPLES, (i + 1) * WINDOW_SAMPLES), probability);
  });
  gate.flush();
  expect(counted).toBe(judged.length * WINDOW_SAMPLES);
  for (const { from, pcm, samples } of parts) if (pcm) expect(pcm).toEqual(room.subarray(from, from + samples));
  const silent = parts.filter(({ pcm }) => !pcm);
  expect(silent.reduce((sum, { samples }) => sum + samples, 0)).toBeGreaterThan(1.5 * SECOND);
  for (const { from, samples } of silent) expect(from + samples <= speechFrom || from >= speechTo).toBe(true);
});

test("after long silence the first syllable comes with the moment before it", () => {
  const sent: string[] = [];
  const gate = createSilenceGate({
    sound: (pcm) => sent.push(`${pcm[0]}`),
    silence: (samples) => sent.push(`-${samples}`),
  });
  for (let i = 0; i < 70; i++) gate.take(new Int16Array(WINDOW_SAMPLES).fill(i), i < 69 ? 0 : 0.9);
  // 46 windows, 1.5 s, go through; of the 23 after them the last 14, 448 ms, are kept.
  const [first, left] = [sent.slice(0, 46), sent.slice(46, 55)];
  expect(first).toEqual(Array.from({ length: 46 }, (_, i) => `${i}`));
  expect(left).toEqual(Array(9).fill("-512"));
  expect(sent.slice(55)).toEqual(Array.from({ length: 15 }, (_, i) => `${55 + i}`));
});
