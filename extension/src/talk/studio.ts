// One microphone for all reviews: takes what people ask for, says how it stands, and gives each capture to the review
// that it is about. Knows no page and no port; who may speak, others decide.

import {
  createRecorder,
  createWallClock,
  type OpenMicrophone,
  type OpusEncoder,
  type RecorderState,
} from "@sidenote/offscreen";
import type { ClockSample } from "../content/clock";
import { type Observable, variable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import type { TabId } from "../parts/tabs";
import type { LevelSource } from "../ui/Waveform";
import type { LazyVad } from "./judge";
import { ECHO, LEFT_BEHIND, problemOfNotice, problemOfRefusal } from "./problems";
import { SILENT, type TalkCommand, type TalkProblem, type TalkState, type TalkTimes } from "./talk";
import { createUplinks } from "./uplinks";

export interface StudioOptions {
  readonly hub: Observable<Hub>;
  readonly settings: Observable<Settings>;
  readonly clientId: string;
  /** With the settings of the moment. */
  readonly openMicrophone: OpenMicrophone;
  readonly vad: LazyVad;
  /** Null where there is none; used where the settings want it. */
  readonly opus: OpusEncoder | null;
  readonly wallMs?: () => number;
}

export interface Studio {
  readonly state: Observable<TalkState>;
  readonly levels: LevelSource;
  /** What the capture under way is about, or the last one. */
  readonly subject: () => Subject | null;
  send(command: TalkCommand): void;
  /** The page whose key was held is gone. */
  holderLost(): void;
  /** Hands-free on, or off wherever it is on. */
  toggle(about: Subject): void;
  clock(sessionId: string, sample: ClockSample, audible?: boolean): void;
  /** Hands-free follows the active tab of its window; null: that shows no video, and nothing is heard meanwhile. */
  move(windowId: number, subject: Subject | null): void;
  /** Its tab is in another window now: that one is followed from here on. */
  carry(tabId: TabId, windowId: number): void;
  /** Nobody uses this review any more; what was said in it still reaches the server. */
  forget(sessionId: string): void;
  /** Nothing is recorded, and the server has everything. */
  isIdle(): boolean;
  close(): void;
}

type Name = TalkState["capture"];

const FREE: ReadonlySet<Name> = new Set(["off", "opening", "armed", "grace", "failed"]);
const UNDER_WAY: ReadonlySet<Name> = new Set(["starting", "recording", "paused"]);

export function createStudio(options: StudioOptions): Studio {
  const { hub, settings, vad, wallMs = createWallClock() } = options;
  const state = variable(SILENT);
  const listeners = new Set<(level: number) => void>();
  const players = new Map<string, { readonly sample: ClockSample; readonly audible: boolean }>();
  let about: Subject | null = null; // the capture under way, or the last one
  let aim: Subject | null = null; // the next one
  let away = false; // the window that hands-free follows shows no video
  let trying = false; // the microphone is opened to see whether it can be
  let problem: TalkProblem | null = null; // of what was said last
  let times: TalkTimes = SILENT.times;

  const uplinks = createUplinks({
    openChannel: (sessionId, params) => hub.now.socket.channel(`audio:${sessionId}`, params),
    clientId: options.clientId,
    opus: () => (settings.now.opus ? options.opus : null),
    onChange: () => show(),
    onRefusal(refusal) {
      problem = problemOfRefusal(refusal);
    },
  });

  const recorder = createRecorder({
    openMicrophone: options.openMicrophone,
    uplink: uplinks.uplink,
    vad,
    wallMs,
    video() {
      if (aim === null) throw new Error("the microphone was opened for nothing");
      return uplinks.videoOf(aim);
    },
    onState: entered,
    onNotice(notice) {
      problem = problemOfNotice(notice) ?? problem;
      show();
    },
    onLevel(level) {
      for (const listener of listeners) listener(level);
    },
  });

  function entered({ name, mode }: RecorderState): void {
    if (name === "recording" && times.heardMs === null) times = { ...times, heardMs: wallMs() };
    if (name === "recording" && mode === "hands-free" && away) recorder.send("pause");
    if (trying && name !== "opening") {
      trying = false;
      recorder.send("disarm");
    }
    show();
  }

  function show(): void {
    const { name, mode, failure } = recorder.state();
    const { link, refusal, waitingS } = uplinks.state();
    const shown: TalkState = {
      capture: name,
      mode,
      sessionId: about?.sessionId ?? null,
      failure,
      problem: problem ?? problemOfRefusal(refusal) ?? (hearsItself() ? ECHO : null),
      link,
      waitingS,
      times,
    };
    if (JSON.stringify(shown) !== JSON.stringify(state.now)) state.set(shown);
  }

  function isHandsFree(): boolean {
    const { name, mode } = recorder.state();
    return mode === "hands-free" && UNDER_WAY.has(name);
  }

  /** The film may come back through the microphone as if somebody spoke; echo cancellation takes out most of it, not all. */
  function hearsItself(): boolean {
    const player = players.get(about?.sessionId ?? "");
    return isHandsFree() && !settings.now.headphones && player?.audible === true && !player.sample.paused;
  }

  function arm(subject: Subject): void {
    const { name, mode } = recorder.state();
    if (!UNDER_WAY.has(name)) aim = subject;
    if (name === "armed") uplinks.uplink.open({ mode, video: uplinks.videoOf(subject) }); // the first word finds the way open
    recorder.send("arm");
  }

  function begin(event: "key_down" | "mic_on", subject: Subject): void {
    if (!FREE.has(recorder.state().name)) return; // another capture is under way
    about = aim = subject;
    away = false;
    problem = null;
    times = { downMs: wallMs(), heardMs: null, upMs: null };
    if (event === "mic_on") vad.load();
    recorder.send(event);
    show();
  }

  function end(event: "key_up" | "mic_off" | "holder_lost"): void {
    const { name, mode } = recorder.state();
    if (UNDER_WAY.has(name) && (event === "mic_off") === (mode === "hands-free")) times = { ...times, upMs: wallMs() };
    recorder.send(event);
    show();
  }

  function send(command: TalkCommand): void {
    switch (command.type) {
      case "arm":
        arm(command.about);
        break;
      case "disarm":
        recorder.send("disarm");
        break;
      case "key_down":
      case "mic_on":
        begin(command.type, command.about);
        break;
      case "key_up":
      case "mic_off":
        end(command.type);
        break;
      case "cancel":
        if (FREE.has(recorder.state().name) && recorder.state().name !== "grace") uplinks.uplink.cancel();
        else recorder.send("cancel");
        break;
      case "retry":
        problem = null;
        uplinks.uplink.retry();
        if (recorder.state().name === "failed") {
          trying = !recorder.state().armed;
          recorder.send("arm");
        }
    }
    show();
  }

  function move(windowId: number, subject: Subject | null): void {
    if (!isHandsFree() || about?.windowId !== windowId) return;
    away = subject === null;
    if (subject === null) {
      recorder.send("pause"); // one that is starting pauses when it has begun
      return;
    }
    const isOther = subject.sessionId !== about.sessionId;
    about = aim = subject;
    recorder.send("resume");
    if (isOther && recorder.state().name === "recording") {
      recorder.send("mic_off");
      begin("mic_on", subject); // in the same moment, of the same microphone
    }
    show();
  }

  const endHub = hub.subscribe(() => {
    const isOwed = uplinks.state().owed;
    recorder.send("cancel");
    uplinks.abandon();
    if (isOwed) problem = LEFT_BEHIND;
    show();
  });

  let microphone = microphoneOf(settings.now);
  const endSettings = settings.subscribe((next) => {
    const isOther = microphoneOf(next) !== microphone;
    microphone = microphoneOf(next);
    const { name, armed } = recorder.state();
    if (isOther && armed && (name === "armed" || name === "opening" || name === "failed")) {
      recorder.send("disarm");
      recorder.send("arm");
    }
    show();
  });

  return {
    state,
    levels(onLevel) {
      listeners.add(onLevel);
      return () => listeners.delete(onLevel);
    },
    subject: () => about,
    send,
    holderLost: () => end("holder_lost"),
    toggle: (subject) => (isHandsFree() ? end("mic_off") : begin("mic_on", subject)),
    clock(sessionId, sample, audible = true) {
      players.set(sessionId, { sample, audible });
      uplinks.clock(sessionId, sample);
      show();
    },
    move,
    carry(tabId, windowId) {
      if (about?.tabId === tabId) about = aim = { ...about, windowId };
    },
    forget(sessionId) {
      players.delete(sessionId);
      if (isHandsFree() && about?.sessionId === sessionId && about.windowId !== null) move(about.windowId, null);
      uplinks.forget(sessionId);
    },
    isIdle() {
      const { name } = recorder.state();
      return (name === "off" || name === "failed") && !uplinks.state().owed;
    },
    close() {
      endHub();
      endSettings();
      recorder.close();
      uplinks.abandon();
    },
  };
}

/** Those of the settings with which it is opened. */
function microphoneOf({ microphone, echoCancellation, noiseSuppression, autoGain }: Settings): string {
  return JSON.stringify([microphone, echoCancellation, noiseSuppression, autoGain]);
}
