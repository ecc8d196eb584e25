// extension/src/talk/judge.ts: what counts as speech before the model is there, and where it never comes.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { loadVad, type Vad, WINDOW_SAMPLES } from "@sidenote/offscreen";
import { expect, test } from "vitest";
import { lazyVad } from "../../../extension/src/talk/judge";
import { PYTHON } from "../../offscreen/rig/server";

const SILENCE = new Int16Array(WINDOW_SAMPLES);

function silero(): Promise<Vad> {
  const find = "import faster_whisper.assets as a; print(list(a.__path__)[0])";
  const folder = execFileSync(PYTHON, ["-c", find], { encoding: "utf8" }).trim();
  return loadVad({ model: readFileSync(`${folder}/silero_vad_v6.onnx`) });
}

test("everything is speech until the model is there, also in a capture that goes on", async () => {
  const took: number[] = [];
  let begun = 0;
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const vad = lazyVad(
    async () => {
      begun++;
      const loaded = await silero();
      ready();
      return loaded;
    },
    (ms) => took.push(ms),
  );
  const stream = vad.stream();
  expect([await stream.probability(SILENCE), begun]).toEqual([1, 0]);
  vad.load();
  vad.load();
  expect([await stream.probability(SILENCE), took]).toEqual([1, []]);
  await isReady;
  await new Promise((resolve) => setTimeout(resolve));
  expect(await stream.probability(SILENCE)).toBeLessThan(0.5);
  expect([begun, took.length]).toEqual([1, 1]);
  await vad.close();
}, 20_000);

test("hands-free goes on where the model can't be had", async () => {
  const vad = lazyVad(() => Promise.reject(new Error("no WebAssembly here")));
  vad.load();
  const stream = vad.stream();
  await vad.close();
  expect(await stream.probability(SILENCE)).toBe(1);
});
