// What the package offers. The worklet is a script of its own: `src/worklet.ts`.

export { type Backoff, boundMs, createBackoff, waitMs } from "./backoff";
export {
  CAPTURE_OFF,
  CAPTURE_TABLE,
  type CaptureEffect,
  type CaptureEventName,
  type CaptureState,
  type CaptureStateName,
  GRACE_MS,
  step,
} from "./capture";
export { type Channel, encodeAudio, type JoinParams, type PlayerReport, type Push, type Reply } from "./channel";
export { createFramer, loudness, toPcm16 } from "./frames";
export type { LinkState } from "./link";
export {
  constraintsOf,
  failureOf,
  MICROPHONE_SETTINGS,
  type Microphone,
  type MicrophoneFailure,
  type MicrophoneListener,
  type MicrophoneProblem,
  type MicrophoneSettings,
  microphoneOf,
  type OpenMicrophone,
} from "./microphone";
export { type OpusEncoder, openOpus } from "./opus";
export { createPreroll, PREROLL_SAMPLES, type Preroll } from "./preroll";
export {
  createRecorder,
  type Recorder,
  type RecorderEvent,
  type RecorderNotice,
  type RecorderOptions,
  type RecorderState,
} from "./recorder";
export type { Mode, Target, Video } from "./recording";
export type { Refusal } from "./refusals";
export { createSampleClock, type SampleClock } from "./sampleclock";
export { FRAME_SAMPLES, SAMPLE_RATE, SAMPLES_PER_MS } from "./samples";
export { createSilenceGate, SILENCE_SETTINGS, type SilenceGate, type SilenceSettings } from "./silence";
export { createUplink, type Uplink, type UplinkOptions, type UplinkState } from "./uplink";
export { loadVad, type Vad, type VadOptions, type VadStream, WINDOW_SAMPLES } from "./vad";
export { type Clocks, createWallClock } from "./wallclock";
