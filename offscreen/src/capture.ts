// The capture state machine: one table. `step(state, event)` says what comes next and what has to be done; it does
// nothing itself, reads no clock, and a timer is an effect.

import type { Mode } from "./recording";

/** How long recording goes on after the key is up: the last syllable is whole. */
export const GRACE_MS = 200;

export type CaptureStateName =
  /** The microphone is closed. */
  | "off"
  /** It is being opened; nobody speaks yet. */
  | "opening"
  /** It is being opened, and what it hears first is recorded already. */
  | "starting"
  /** Open: the newest moment is kept, nothing is sent. */
  | "armed"
  | "recording"
  /** The key is up. */
  | "grace"
  /** Samples are counted, as silence. */
  | "paused"
  /** It could not be opened, or is gone. */
  | "failed";

export type CaptureState = Readonly<{
  name: CaptureStateName;
  /** Of the capture under way, or the last one. */
  mode: Mode;
  /** Stays open when nothing is recorded. */
  armed: boolean;
}>;

export type CaptureEventName =
  | "arm" // keep the microphone open, so that the first syllable is whole
  | "disarm"
  | "first_buffer"
  | "refused" // it could not be opened
  | "lost" // it was unplugged, or taken away
  | "key_down"
  | "key_up"
  | "holder_lost" // the page whose key was held is gone
  | "mic_on"
  | "mic_off"
  | "grace_over"
  | "pause"
  | "resume"
  | "cancel"
  | "over_limit"; // no more may be kept

export type CaptureEffect =
  | "open"
  | "close"
  | "signal_ready"
  | "begin" // a capture of the state's mode, the kept moment first
  | "end"
  | "fail" // end it, and say that the microphone is gone
  | "abort" // nothing of it is wanted
  | "start_grace"
  | "stop_grace"
  | "pause"
  | "resume"
  | "tell_not_ready" // the key was up before the first sample
  | "tell_limit";

type Cell = Readonly<{ to: CaptureStateName; effects: readonly CaptureEffect[] }>;

function to(name: CaptureStateName, ...effects: CaptureEffect[]): Cell {
  return { to: name, effects };
}

/** An event that a state does not name changes nothing there. */
export const CAPTURE_TABLE: Readonly<Record<CaptureStateName, Readonly<Partial<Record<CaptureEventName, Cell>>>>> = {
  off: {
    arm: to("opening", "open"),
    key_down: to("starting", "open"),
    mic_on: to("starting", "open"),
  },
  opening: {
    first_buffer: to("armed", "signal_ready"),
    key_down: to("starting"),
    mic_on: to("starting"),
    disarm: to("opening"),
    refused: to("failed", "close"),
    lost: to("failed", "close"),
  },
  starting: {
    first_buffer: to("recording", "signal_ready", "begin"),
    key_up: to("opening", "tell_not_ready"),
    holder_lost: to("opening"),
    mic_off: to("opening"),
    cancel: to("opening"),
    refused: to("failed", "close"),
    lost: to("failed", "close"),
  },
  armed: {
    key_down: to("recording", "begin"),
    mic_on: to("recording", "begin"),
    disarm: to("armed"),
    lost: to("failed", "close"),
  },
  recording: {
    key_up: to("grace", "start_grace"),
    holder_lost: to("grace", "start_grace"),
    mic_off: to("grace", "start_grace"),
    pause: to("paused", "pause"),
    cancel: to("armed", "abort"),
    lost: to("failed", "fail", "close"),
    over_limit: to("armed", "end", "tell_limit"),
  },
  grace: {
    grace_over: to("armed", "end"),
    key_down: to("recording", "stop_grace", "end", "begin"),
    mic_on: to("recording", "stop_grace", "end", "begin"),
    cancel: to("armed", "stop_grace", "abort"),
    lost: to("failed", "stop_grace", "fail", "close"),
    over_limit: to("armed", "stop_grace", "end", "tell_limit"),
  },
  paused: {
    resume: to("recording", "resume"),
    key_up: to("armed", "end"),
    holder_lost: to("armed", "end"),
    mic_off: to("armed", "end"),
    cancel: to("armed", "abort"),
    lost: to("failed", "fail", "close"),
    over_limit: to("armed", "end", "tell_limit"),
  },
  failed: {
    arm: to("opening", "open"),
    key_down: to("starting", "open"),
    mic_on: to("starting", "open"),
  },
};

/** Whoever did not begin a capture does not end it: events that belong to one mode. */
const ENDS: Readonly<Partial<Record<CaptureEventName, Mode>>> = {
  key_up: "ptt",
  holder_lost: "ptt",
  mic_off: "hands-free",
};
const BEGINS: Readonly<Partial<Record<CaptureEventName, Mode>>> = { key_down: "ptt", mic_on: "hands-free" };

export const CAPTURE_OFF: CaptureState = { name: "off", mode: "ptt", armed: false };

export function step(
  state: CaptureState,
  event: CaptureEventName,
): Readonly<{ state: CaptureState; effects: readonly CaptureEffect[] }> {
  const armed = event === "arm" || (event !== "disarm" && state.armed);
  const cell = CAPTURE_TABLE[state.name][event];
  const foreign = event in ENDS && ENDS[event] !== state.mode;
  if (!cell || foreign) return { state: { ...state, armed }, effects: [] };
  const mode = BEGINS[event] ?? state.mode;
  // Open, with nothing to record and nobody who wants it open: let go of it.
  if (!armed && (cell.to === "armed" || cell.to === "opening")) {
    return { state: { name: "off", mode, armed }, effects: [...cell.effects, "close"] };
  }
  return { state: { name: cell.to, mode, armed }, effects: cell.effects };
}
