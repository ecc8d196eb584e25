// Where the player stands, told on each of its events and once a second: the page's half of the timestamp of a note
// (docs/clock.md). Only reads the element; there is one interval, also while it loads.

import { createWallClock } from "@sidenote/offscreen/wallclock";

/** Named as on the wire (`clock`). */
export interface ClockSample {
  readonly wall_ms: number;
  readonly media_s: number;
  readonly rate: number;
  readonly paused: boolean;
}

export const CLOCK_EVENTS = [
  "play",
  "playing",
  "pause",
  "seeking",
  "seeked",
  "ratechange",
  "waiting",
  "ended",
  "emptied",
] as const;
const EACH_MS = 1000;
/** A player that stumbles says nothing; its `timeupdate`, four times a second, shows it. */
const ASTRAY_S = 0.03;
/** After an event the film moves on, or changes its speed, up to a tenth of a second late: look again then. */
const SETTLES_MS = [60, 150, 400] as const;

export interface ClockSource {
  readonly video: HTMLVideoElement;
  /** The element shows something else, such as an advertisement: the video stands where it was left. */
  readonly interrupted?: () => boolean;
  readonly wallMs?: () => number;
}

/** Tells the first sample at once. Returns what ends it. */
export function sampleClock(source: ClockSource, tell: (sample: ClockSample) => void): () => void {
  const { video, interrupted = () => false, wallMs = createWallClock() } = source;
  let leftAtS = 0;
  let last: ClockSample | null = null;
  let settling: ReturnType<typeof setTimeout>[] = [];

  const sample = (): void => {
    const away = interrupted();
    const positionS = video.currentTime;
    const atMs = wallMs(); // right after the position: the two belong together
    if (!away) leftAtS = positionS;
    last = { wall_ms: atMs, media_s: leftAtS, rate: video.playbackRate, paused: away || video.paused || video.ended };
    tell(last);
  };

  const onTimeUpdate = (): void => {
    if (last === null || interrupted()) return;
    const expectedS = last.media_s + (last.paused ? 0 : ((wallMs() - last.wall_ms) / 1000) * last.rate);
    if (Math.abs(video.currentTime - expectedS) > ASTRAY_S) sample();
  };

  const onEvent = (): void => {
    sample();
    settling.forEach(clearTimeout);
    settling = SETTLES_MS.map((afterMs) => setTimeout(sample, afterMs));
  };

  const listening = new AbortController();
  for (const name of CLOCK_EVENTS) video.addEventListener(name, onEvent, { signal: listening.signal });
  video.addEventListener("timeupdate", onTimeUpdate, { signal: listening.signal });
  const interval = setInterval(sample, EACH_MS);
  sample();
  return () => {
    listening.abort();
    settling.forEach(clearTimeout);
    clearInterval(interval);
  };
}
