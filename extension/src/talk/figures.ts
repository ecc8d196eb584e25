// What the server is told of how well this goes: how long things took, and that something failed. Never words, addresses
// or ids. Collects, and sends now and then; nothing where the person has switched it off.

import { type Followed, follow, type Listener } from "../hub/followed";
import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import { claimsOf } from "../hub/token";
import type { Settings } from "../parts/settings";
import { sha256 } from "../sites/sha256";
import type { Report } from "../wire/messages";
import type { TalkState } from "./talk";

const EACH_MS = 60_000;
const MOST = 50; // of a report
const LONGEST_MS = 600_000;
const VAD_EACH = 1_000; // windows: one tells enough

type Figure = Report["events"][number];
type Took = Exclude<Figure, { readonly kind: "error" }>["kind"];

export interface Figures {
  /** Of a session's topic: finds out when a note came of a press. */
  readonly listener: Listener;
  /** Each change of the studio. */
  talked(state: TalkState): void;
  judged(ms: number): void;
  failed(error: unknown): void;
  /** Tells what is there now. */
  flush(): Promise<void>;
  close(): void;
}

/** `nowMs`: the clock of the studio. */
export function createFigures(hub: Observable<Hub>, settings: Observable<Settings>, nowMs: () => number): Figures {
  const presses = createPresses();
  let waiting: Figure[] = [];
  let windows = 0;
  let downMs: number | null = null; // of the capture whose first sample has been told
  const timer = setInterval(() => void flush(), EACH_MS);

  function add(figure: Figure): void {
    if (settings.now.telemetry && waiting.length < MOST) waiting.push(figure);
  }

  function took(kind: Took, ms: number): void {
    if (ms >= 0 && ms <= LONGEST_MS) add({ kind, ms: Math.round(ms * 1000) / 1000 });
  }

  async function flush(): Promise<void> {
    const userId = claimsOf(settings.now.token)?.userId;
    const events = waiting;
    waiting = [];
    if (events.length === 0 || userId === undefined || !settings.now.telemetry) return;
    const topic: Followed<"user"> = follow(hub.now, `user:${userId}`, () => {});
    await topic.push("report", { events }); // what does not arrive is not missed
    topic.close();
  }

  return {
    listener(action) {
      if (action.kind !== "event") return;
      const sessionId = action.topic.slice("session:".length);
      if (action.event === "speech_ended") presses.ended(sessionId, action.payload.utterance);
      if (action.event !== "note_created") return;
      const press = presses.noted(sessionId, action.payload.utterance);
      if (press === null) return;
      took("key_to_note_ms", nowMs() - press.downMs);
      took("release_to_note_ms", nowMs() - press.upMs);
    },
    talked({ times, mode, sessionId }) {
      if (times.downMs !== null && times.heardMs !== null && times.downMs !== downMs) {
        downMs = times.downMs;
        took("key_to_first_frame_ms", times.heardMs - times.downMs);
      }
      if (mode === "ptt" && sessionId !== null && times.downMs !== null && times.upMs !== null) {
        presses.released(sessionId, { downMs: times.downMs, upMs: times.upMs });
      }
    },
    judged(ms) {
      if (windows++ % VAD_EACH === 0) took("vad_inference_ms", ms);
    },
    failed: (error) => add({ kind: "error", code: sha256(nameOf(error)).slice(0, 16) }),
    flush,
    close: () => clearInterval(timer),
  };
}

interface Press {
  readonly downMs: number;
  readonly upMs: number;
}

/** Which press a note came of: a press is an utterance, and they end in the order of the presses. */
function createPresses() {
  let newest: (Press & { readonly sessionId: string; utterance: number | null }) | null = null;
  return {
    released(sessionId: string, press: Press): void {
      if (newest?.downMs !== press.downMs) newest = { ...press, sessionId, utterance: null };
    },
    ended(sessionId: string, utterance: number): void {
      if (newest?.sessionId === sessionId) newest.utterance ??= utterance;
    },
    /** Each press once. */
    noted(sessionId: string, utterance: number | null): Press | null {
      const press = newest;
      if (press === null || utterance === null) return null;
      if (press.sessionId !== sessionId || press.utterance !== utterance) return null;
      newest = null;
      return press;
    },
  };
}

/** Which error it was, the same wherever it happens: without numbers, addresses and names of things. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = /at (?<where>[\w.$]+) /.exec(error.stack ?? "")?.groups?.["where"] ?? "";
  return `${error.name} ${place}`;
}
