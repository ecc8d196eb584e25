// When each sample was recorded. Frames arrive late, never early: the earliest of the last few seconds tells best. When
// all of them are off by far, the machine slept or its clock was set. Reads no clock.

import { SAMPLES_PER_MS } from "./samples";

const KEPT = 250; // frames, 5 s: a sound card drifts too little in that time to matter
const AGREEING = 10; // frames, 200 ms, that must say the same before a late one is believed
const SAME_MS = 30; // frames that waited for a busy page come all at once, each less late than the one before
const JUMP_MS = 150; // less is a busy page

export type SampleClock = {
  /** The frame that ends before sample `end` arrived at `wallMs`. True: time has jumped against the samples. */
  heard(end: number, wallMs: number): boolean;
  /** Unix milliseconds at which this sample was recorded; null before the first frame. */
  wallMsOf(sample: number): number | null;
};

export function createSampleClock(): SampleClock {
  let offsets: number[] = []; // wall time of sample 0, as each frame has it
  let offsetMs: number | null = null;

  return {
    heard(end, wallMs) {
      const seenMs = wallMs - end / SAMPLES_PER_MS;
      offsets.push(seenMs);
      if (offsets.length > KEPT) offsets.shift();
      const beforeMs = offsetMs;
      if (beforeMs === null) {
        offsetMs = seenMs;
        return false;
      }
      const newest = offsets.slice(-AGREEING);
      const agreedMs = Math.min(...newest);
      const agree = newest.length === AGREEING && Math.max(...newest) - agreedMs <= SAME_MS;
      const later = agree && agreedMs > beforeMs + JUMP_MS;
      const earlier = seenMs < beforeMs - JUMP_MS;
      if (later || earlier) {
        offsetMs = earlier ? seenMs : agreedMs;
        offsets = [offsetMs];
        return true;
      }
      offsetMs = Math.min(...offsets);
      return false;
    },
    wallMsOf(sample) {
      return offsetMs === null ? null : offsetMs + sample / SAMPLES_PER_MS;
    },
  };
}
