// Where the player stands now: carried on from its last word, once a second while it plays.

import { useEffect, useReducer } from "preact/hooks";
import type { ClockSample } from "../content/clock";
import type { Talk } from "../talk/talk";
import { useObservable } from "./useObservable";

const EACH_MS = 1000;

export function positionS(sample: ClockSample, nowMs: number): number {
  const sinceS = sample.paused ? 0 : Math.max(0, nowMs - sample.wall_ms) / 1000;
  return sample.media_s + sinceS * sample.rate;
}

/** Null while nobody knows. */
export function usePosition(talk: Talk): number | null {
  const sample = useObservable(talk.position);
  const [, redraw] = useReducer((drawings: number, _: null) => drawings + 1, 0);
  const isMoving = sample !== null && !sample.paused;
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => redraw(null), EACH_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return sample && positionS(sample, Date.now());
}
