// Listens to the microphone to show how loud it is, and whether somebody has spoken yet. Nothing that is heard is kept or
// sent anywhere.

import { loudness as levelOf, type MicrophoneSettings, type OpenMicrophone } from "@sidenote/offscreen";
import type { Settings } from "../parts/settings";
import { loudness, loudnessWord } from "../ui/loudness";
import { type Trouble, troubleOf } from "./access";

const FRAMES_SHOWN = 5; // of 20 ms: a level ten times a second
const FRAMES_OF_SPEECH = 15; // as loud as a voice, in all

export interface Heard {
  /** The loudest of the last moment, 0 to 1. */
  readonly level: number;
  /** Enough was loud enough to have been speech. */
  readonly spoken: boolean;
}

export interface EarListener {
  readonly onHeard: (heard: Heard) => void;
  readonly onTrouble: (trouble: Trouble) => void;
}

export const NOTHING_HEARD: Heard = { level: 0, spoken: false };

export function microphoneSettings(settings: Settings): MicrophoneSettings {
  const { microphone, echoCancellation, noiseSuppression, autoGain } = settings;
  return {
    deviceId: microphone === "" ? null : microphone,
    echoCancellation,
    noiseSuppression,
    autoGainControl: autoGain,
  };
}

/** Returns what ends it. */
export function listen(open: OpenMicrophone, { onHeard, onTrouble }: EarListener): () => void {
  let isOver = false;
  let close = () => {};
  let loudest = 0;
  let frames = 0;
  let loudFrames = 0;

  function onFrame(frame: Int16Array): void {
    const level = levelOf(frame);
    const word = loudnessWord(loudness(level));
    if (word === "Good" || word === "Too loud") loudFrames += 1;
    loudest = Math.max(loudest, level);
    frames += 1;
    if (frames % FRAMES_SHOWN !== 0) return;
    onHeard({ level: loudest, spoken: loudFrames >= FRAMES_OF_SPEECH });
    loudest = 0;
  }

  open({ onFrame, onLost: onTrouble }).then(
    (microphone) => {
      if (isOver) microphone.close();
      else close = microphone.close;
    },
    (error: unknown) => {
      if (!isOver) onTrouble(troubleOf(error, "granted")); // it is opened only where it may be
    },
  );
  return () => {
    isOver = true;
    close();
  };
}
