// Talking as a page sees it, wherever the microphone is: in the offscreen document, or in the page itself. A contract.

import type { CaptureStateName, LinkState, MicrophoneFailure, Mode, RecorderNotice } from "@sidenote/offscreen";
import type { ClockSample } from "../content/clock";
import type { PlayerCommand } from "../content/player";
import type { Observable } from "../hub/observable";
import type { Subject } from "../parts/subject";
import type { LevelSource } from "../ui/Waveform";

export type TalkCommand =
  /** Keep the microphone open, so that the first syllable is whole. */
  | { readonly type: "arm"; readonly about: Subject }
  | { readonly type: "disarm" }
  | { readonly type: "key_down"; readonly about: Subject }
  | { readonly type: "key_up" }
  /** Hands-free. */
  | { readonly type: "mic_on"; readonly about: Subject }
  | { readonly type: "mic_off" }
  /** What was just said is not wanted. */
  | { readonly type: "cancel" }
  /** Ask again after a refusal that waits for the person. */
  | { readonly type: "retry" };

/** Something to be told once, with what to do in its words. */
export interface TalkProblem {
  readonly id: "not_ready" | "limit" | "busy" | "second_microphone" | "replaced" | "not_allowed" | "not_taken" | "echo";
  readonly message: string;
}

export interface TalkState {
  readonly capture: CaptureStateName;
  /** Of the capture under way, or the last one. */
  readonly mode: Mode;
  /** Whose capture that is. */
  readonly sessionId: string | null;
  /** Why the microphone can't be used. */
  readonly failure: MicrophoneFailure | null;
  readonly problem: TalkProblem | null;
  /** Of the uplink; `idle` before anything was said. */
  readonly link: LinkState | "idle";
  /** Seconds of speech that the server does not have yet. */
  readonly waitingS: number;
  /** Of the capture under way, or the last one. */
  readonly times: TalkTimes;
}

/** Unix milliseconds; null while it has not happened. */
export interface TalkTimes {
  readonly downMs: number | null;
  /** Its first sample is there: from now on nothing that is said is missed. */
  readonly heardMs: number | null;
  readonly upMs: number | null;
}

export const SILENT: TalkState = {
  capture: "off",
  mode: "ptt",
  sessionId: null,
  failure: null,
  problem: null,
  link: "idle",
  waitingS: 0,
  times: { downMs: null, heardMs: null, upMs: null },
};

export interface Talk {
  readonly state: Observable<TalkState>;
  /** Of the microphone, 0 to 1, each 20 ms while it is open. */
  readonly levels: LevelSource;
  send(command: TalkCommand): void;
  /** Whose player `position` and `command` mean. */
  watch(subject: Subject | null): void;
  /** Where that player stands, told at its events and once a second; null while nobody knows. */
  readonly position: Observable<ClockSample | null>;
  /** Asks that player; does nothing where there is none. */
  command(command: PlayerCommand): void;
  /** The page goes: a key that it holds is released, and nothing is lost. */
  close(): void;
}

export type { CaptureStateName, LinkState, MicrophoneFailure, Mode, RecorderNotice };
