// extension/src/setup/ear.ts: how loud it is, when somebody has spoken, and that the microphone is let go of.

import { expect, test } from "vitest";
import { DEFAULTS } from "../../../extension/src/parts/settings";
import { type Heard, listen, microphoneSettings } from "../../../extension/src/setup/ear";
import { FRAME_SAMPLES, type MicrophoneListener, type OpenMicrophone } from "../../../offscreen/src";

/** A microphone that hears what it is given. */
class Twin {
  isOpen = false;
  openings = 0;
  #listener: MicrophoneListener | null = null;

  readonly open: OpenMicrophone = async (listener) => {
    this.isOpen = true;
    this.openings += 1;
    this.#listener = listener;
    return { label: "twin", latencyMs: 0, close: () => (this.isOpen = false) };
  };

  hears(amplitude: number, frames: number): void {
    for (let count = 0; count < frames; count++)
      this.#listener?.onFrame(new Int16Array(FRAME_SAMPLES).fill(amplitude * 32_768));
  }

  loses(): void {
    this.#listener?.onLost({ reason: "lost", message: "The microphone is gone." });
  }
}

test("levels come ten times a second, and a voice is one when it was loud for a while", () => {
  const twin = new Twin();
  const heard: Heard[] = [];
  const troubles: string[] = [];
  listen(twin.open, { onHeard: (now) => heard.push(now), onTrouble: ({ reason }) => troubles.push(reason) });
  twin.hears(0.001, 50);
  expect(heard).toHaveLength(10);
  expect(heard.at(-1)?.spoken).toBe(false);
  twin.hears(0.1, 14);
  twin.hears(0.001, 6);
  expect(heard.at(-1)).toMatchObject({ spoken: false });
  expect(heard.at(-2)?.level).toBeCloseTo(0.1, 2);
  twin.hears(0.1, 5);
  expect(heard.at(-1)?.spoken).toBe(true);
  twin.loses();
  expect(troubles).toEqual(["lost"]);
});

test("it is closed also where it opens only after nobody looks any more", async () => {
  const twin = new Twin();
  let letIn = () => {};
  const late: OpenMicrophone = async (listener) => {
    await new Promise<void>((resolve) => {
      letIn = resolve;
    });
    return twin.open(listener);
  };
  const troubles: string[] = [];
  const end = listen(late, { onHeard: () => {}, onTrouble: ({ reason }) => troubles.push(reason) });
  end();
  letIn();
  await new Promise(setImmediate);
  expect([twin.openings, twin.isOpen]).toEqual([1, false]);

  const refuses: OpenMicrophone = () => Promise.reject(new DOMException("no", "NotReadableError"));
  listen(refuses, { onHeard: () => {}, onTrouble: ({ reason }) => troubles.push(reason) });
  await new Promise(setImmediate);
  expect(troubles).toEqual(["in_use"]);
});

test("the settings are those of the person; no device is the system's own choice", () => {
  expect(microphoneSettings(DEFAULTS)).toEqual({
    deviceId: null,
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  });
  expect(microphoneSettings({ ...DEFAULTS, microphone: "desk", autoGain: false })).toMatchObject({
    deviceId: "desk",
    autoGainControl: false,
  });
});
