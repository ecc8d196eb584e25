// What stands in the way of being heard, in words for the person. Tables and pure functions.

import type { RecorderNotice, Refusal } from "@sidenote/offscreen";
import type { TalkProblem } from "./talk";

const NOTICES: Readonly<Record<Exclude<RecorderNotice, "limit">, TalkProblem>> = {
  not_ready: {
    id: "not_ready",
    message: "The microphone was not open yet. Hold the key until it shows that you are heard.",
  },
};

export const ECHO: TalkProblem = {
  id: "echo",
  message: "The video plays aloud, and its voices may become notes: use headphones, or hold to talk.",
};

export const LEFT_BEHIND: TalkProblem = {
  id: "not_taken",
  message: "What you said last had not reached the server before its address changed. Say it again.",
};

export const NO_REPLY: TalkProblem = {
  id: "not_allowed",
  message: "This part of Sidenote did not answer. Reload the extension on the browser's extensions page.",
};

/** Null: it is told otherwise. The uplink's own words say how much is kept at a limit. */
export function problemOfNotice(notice: RecorderNotice): TalkProblem | null {
  return notice === "limit" ? null : NOTICES[notice];
}

/** Null where the connection says it already. */
export function problemOfRefusal(refusal: Refusal | null): TalkProblem | null {
  return refusal === null || refusal.kind === "token_expired" ? null : { id: refusal.kind, message: refusal.message };
}
