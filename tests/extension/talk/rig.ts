// What the tests of talking share: ports without a browser, a device that the test feeds, and the sessions of a real
// server as a page follows them.

import {
  FRAME_SAMPLES,
  type MicrophoneFailure,
  type MicrophoneListener,
  type OpenMicrophone,
} from "@sidenote/offscreen";
import { type Followed, follow } from "../../../extension/src/hub/followed";
import { type Observable, type Variable, variable } from "../../../extension/src/hub/observable";
import type { Hub } from "../../../extension/src/hub/socket";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import type { Subject } from "../../../extension/src/parts/subject";
import { lazyVad } from "../../../extension/src/talk/judge";
import type { RawPort } from "../../../extension/src/talk/port";
import { createStudio, type Studio } from "../../../extension/src/talk/studio";
import type { TopicAction } from "../../../extension/src/view/action";
import type { SessionEvents } from "../../../extension/src/wire/messages";
import { inFrames } from "../../offscreen/rig/speech";
import { pageHub, type Record, record } from "../hub/page";

const NO_VAD = (): Promise<never> => Promise.reject(new Error("no model here"));

/** A port's two ends, as `chrome.runtime` makes them: what is sent comes later, and as a copy. */
export function portPair(): readonly [RawPort, RawPort] {
  const ends = [end(), end()] as const;
  const [near, far] = ends;
  return [near.port(far), far.port(near)];
}

function end() {
  const messages: ((message: unknown) => void)[] = [];
  const endings: (() => void)[] = [];
  let isOver = false;
  return {
    take: (message: unknown): void => {
      if (!isOver) for (const listener of messages) listener(message);
    },
    lose: (): void => {
      if (!isOver) for (const listener of endings) listener();
      isOver = true;
    },
    port(other: { take(message: unknown): void; lose(): void }): RawPort {
      return {
        postMessage(message) {
          if (isOver) throw new Error("Attempting to use a disconnected port object");
          const copy = structuredClone(message);
          queueMicrotask(() => other.take(copy));
        },
        disconnect() {
          isOver = true;
          queueMicrotask(() => other.lose());
        },
        onMessage: { addListener: (listener) => void messages.push(listener) },
        onDisconnect: { addListener: (listener) => void endings.push(listener) },
      };
    },
  };
}

/** Whatever was sent over ports has come. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

export interface Device {
  readonly open: OpenMicrophone;
  readonly isOpen: () => boolean;
  /** How often it was. */
  readonly openings: () => number;
  /** Sound in front of it, as fast as it can be heard. */
  readonly hear: (pcm: Int16Array) => void;
  /** It is unplugged. */
  readonly lose: (failure: MicrophoneFailure) => void;
}

export function device(): Device {
  let listener: MicrophoneListener | null = null;
  let openings = 0;
  return {
    async open(given) {
      listener = given;
      openings++;
      return {
        label: "test",
        latencyMs: 0,
        close() {
          if (listener === given) listener = null;
        },
      };
    },
    isOpen: () => listener !== null,
    openings: () => openings,
    hear(pcm) {
      for (const frame of inFrames(pcm, FRAME_SAMPLES)) listener?.onFrame(frame);
    },
    lose: (failure) => listener?.onLost(failure),
  };
}

let sessions = 0;

export function aboutPractice(more: Partial<Subject> = {}): Subject {
  const video = { platform: "practice", external_id: "practice", url: "sidenote:practice" };
  return { sessionId: `talk-${++sessions}`, video, tabId: 1, windowId: 1, ...more };
}

export interface Room {
  readonly hub: Variable<Hub>;
  readonly settings: Variable<Settings>;
  readonly device: Device;
  readonly studio: Studio;
  readonly close: () => void;
}

export function room(address: string, token: string, more: Partial<Settings> = {}, clientId = "test"): Room {
  const hub = variable(pageHub(address, token));
  const settings = variable<Settings>({ ...DEFAULTS, server: address, token, ...more });
  const made = device();
  const studio = createStudio({
    hub,
    settings,
    clientId,
    openMicrophone: made.open,
    vad: lazyVad(NO_VAD),
    opus: null,
  });
  return {
    hub,
    settings,
    device: made,
    studio,
    close() {
      studio.close();
      hub.now.close();
    },
  };
}

/** Until it is so, now or later. */
export function until<T>(observable: Observable<T>, wanted: (value: T) => boolean): Promise<T> {
  if (wanted(observable.now)) return Promise.resolve(observable.now);
  return new Promise((resolve) => {
    const stop = observable.subscribe((value) => {
      if (!wanted(value)) return;
      stop();
      resolve(value);
    });
  });
}

export interface Session {
  readonly heard: Record<TopicAction>;
  readonly topic: Followed<"session">;
  /** The first such event, or the one after `from` others of all kinds. */
  next<E extends keyof SessionEvents>(event: E, from?: number): Promise<SessionEvents[E]>;
}

/** Joined when this is done. */
export async function sessionOf(hub: Hub, sessionId: string): Promise<Session> {
  const heard = record<TopicAction>();
  const topic = follow<"session">(hub, `session:${sessionId}`, heard.take);
  await heard.next(({ kind }) => kind === "snapshot");
  return {
    heard,
    topic,
    async next(event, from = 0) {
      const found = await heard.next((action) => action.kind === "event" && action.event === event, from);
      return (found as unknown as { payload: SessionEvents[typeof event] }).payload;
    },
  };
}
