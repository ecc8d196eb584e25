// How loud the microphone is, as a bar and a word.

import { loudness, loudnessWord } from "./loudness";

export interface LevelMeterProps {
  /** RMS of the last moments, 0 to 1. */
  readonly level: number;
  readonly label?: string | undefined;
}

export function LevelMeter({ level, label = "Microphone level" }: LevelMeterProps) {
  const share = loudness(level);
  const word = loudnessWord(share);
  return (
    <div class="level">
      {/* biome-ignore lint/a11y/useSemanticElements: a meter element can't be given the look of both themes */}
      <div
        class="level-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={word}
      >
        <span class={word === "Too loud" ? "level-fill loud" : "level-fill"} style={{ width: `${share * 100}%` }} />
      </div>
      <span class="level-word hint">{word}</span>
    </div>
  );
}
