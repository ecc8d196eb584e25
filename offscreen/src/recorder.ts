// The whole way: runs the capture table against a microphone and an uplink. Who may record, and what about, others decide.

import { CAPTURE_OFF, type CaptureEffect, type CaptureEventName, type CaptureState, GRACE_MS, step } from "./capture";
import { loudness } from "./frames";
import { failureOf, type Microphone, type MicrophoneFailure, type OpenMicrophone } from "./microphone";
import { createPreroll } from "./preroll";
import type { Video } from "./recording";
import { createSampleClock, type SampleClock } from "./sampleclock";
import { createOrder, createTake, type Take } from "./take";
import type { Uplink } from "./uplink";
import type { Vad } from "./vad";
import { createWallClock } from "./wallclock";

/** What people and their pages may ask for; the rest comes from the microphone, the uplink and the clock. */
export type RecorderEvent = Exclude<
  CaptureEventName,
  "first_buffer" | "refused" | "lost" | "grace_over" | "over_limit"
>;

/** `not_ready`: the key was up before the microphone was there. `limit`: no more may wait; what was said is kept. */
export type RecorderNotice = "not_ready" | "limit";

export type RecorderState = CaptureState & Readonly<{ failure: MicrophoneFailure | null }>;

export type RecorderOptions = Readonly<{
  openMicrophone: OpenMicrophone;
  uplink: Uplink;
  /** What the next capture is about. */
  video: () => Video;
  vad?: Vad | null;
  /** The clock that the reports of the player use as well. */
  wallMs?: () => number;
  onState?: (state: RecorderState) => void;
  /** The first buffer is there: from now on nothing that is said is missed. */
  onReady?: () => void;
  onNotice?: (notice: RecorderNotice) => void;
  /** Of each frame, 0 to 1, and how probable speech was when that was last judged. */
  onLevel?: (level: number, speech: number | null) => void;
}>;

export type Recorder = {
  send(event: RecorderEvent): void;
  state(): RecorderState;
  /** Let go of the microphone; the uplink stays as it is. */
  close(): void;
};

export function createRecorder(options: RecorderOptions): Recorder {
  const { uplink } = options;
  const wallMs = options.wallMs ?? createWallClock();
  const preroll = createPreroll();
  const inOrder = createOrder();

  let state = CAPTURE_OFF;
  let failure: MicrophoneFailure | null = null;
  const events: CaptureEventName[] = []; // an effect may cause the next event
  let busy = false;

  let microphone: Microphone | null = null;
  let openings = 0; // what an earlier one still says is not heard
  let clock: SampleClock = createSampleClock();
  let heard = 0; // samples since the microphone was opened
  let take: Take | null = null;
  let grace: ReturnType<typeof setTimeout> | null = null;
  let speech: number | null = null;

  function dispatch(event: CaptureEventName): void {
    events.push(event);
    if (busy) return;
    busy = true;
    for (let next = events.shift(); next; next = events.shift()) {
      const before = state;
      const stepped = step(state, next);
      state = stepped.state;
      if (state.name !== "failed") failure = null;
      for (const effect of stepped.effects) perform(effect);
      if (state.name !== before.name || state.mode !== before.mode) options.onState?.({ ...state, failure });
    }
    busy = false;
  }

  function perform(effect: CaptureEffect): void {
    switch (effect) {
      case "open":
        open();
        break;
      case "close":
        close();
        break;
      case "signal_ready":
        options.onReady?.();
        break;
      case "begin":
        begin();
        break;
      case "end":
        finish(() => uplink.stop());
        break;
      case "fail": {
        const reason = failure?.message ?? "The microphone is gone.";
        finish(() => uplink.fail(reason));
        break;
      }
      case "abort":
        take?.drop();
        finish(() => uplink.cancel());
        break;
      case "start_grace":
        grace = setTimeout(() => dispatch("grace_over"), GRACE_MS);
        break;
      case "stop_grace":
        if (grace) clearTimeout(grace);
        break;
      case "pause":
        take?.pause();
        break;
      case "resume":
        take?.resume();
        break;
      case "tell_not_ready":
        options.onNotice?.("not_ready");
        break;
      case "tell_limit":
        options.onNotice?.("limit");
        break;
    }
  }

  function open(): void {
    const opening = ++openings;
    clock = createSampleClock();
    heard = 0;
    preroll.take();
    uplink.open({ mode: state.mode, video: options.video() });
    const isCurrent = (): boolean => opening === openings;
    const fail = (event: "refused" | "lost", why: MicrophoneFailure): void => {
      if (!isCurrent()) return;
      failure = why; // before the state that shows it
      dispatch(event);
    };
    options
      .openMicrophone({
        onFrame: (frame) => isCurrent() && hear(frame),
        onLost: (why) => fail("lost", why),
      })
      .then(
        (opened) => {
          if (isCurrent()) microphone = opened;
          else opened.close();
        },
        (error: unknown) => fail("refused", failureOf(error)),
      );
  }

  function close(): void {
    openings++;
    microphone?.close();
    microphone = null;
    preroll.take();
  }

  function hear(frame: Int16Array): void {
    heard += frame.length;
    if (clock.heard(heard, wallMs())) take?.reanchor();
    switch (state.name) {
      case "opening":
      case "starting":
        preroll.push(frame);
        dispatch("first_buffer");
        break;
      case "armed":
        preroll.push(frame);
        break;
      case "recording":
      case "grace":
        take?.sound(frame);
        break;
      case "paused":
        take?.silence(frame.length);
        break;
    }
    options.onLevel?.(loudness(frame), speech);
  }

  function begin(): void {
    const kept = preroll.take();
    const first = heard - kept.reduce((sum, frame) => sum + frame.length, 0);
    const [mine, latencyMs] = [clock, microphone?.latencyMs ?? 0];
    const wallMsOf = (sample: number): number => (mine.wallMsOf(first + sample) ?? wallMs()) - latencyMs;
    const target = { mode: state.mode, video: options.video() };
    const beganMs = wallMsOf(0);
    inOrder(() => uplink.begin(target, beganMs));
    speech = null;
    take = createTake({
      uplink,
      mode: state.mode,
      vad: options.vad?.stream() ?? null,
      wallMsOf,
      inOrder,
      onLimit: () => dispatch("over_limit"),
      onSpeech(probability) {
        speech = probability;
      },
    });
    for (const frame of kept) take.sound(frame);
  }

  function finish(act: () => void): void {
    take?.end(act);
    take = null;
  }

  return {
    send: dispatch,
    state: () => ({ ...state, failure }),
    close() {
      if (grace) clearTimeout(grace);
      if (take) finish(() => uplink.stop());
      close();
      state = CAPTURE_OFF;
    },
  };
}
