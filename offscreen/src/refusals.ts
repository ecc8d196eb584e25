// What the server says no to, and what is done about each: sent again, joined again, or told to the person.

import type { Reply } from "./channel";

/** Something a person must know. `message` says what to do. */
export type Refusal =
  /** The server is full; it is asked again by itself, and nothing is lost meanwhile. */
  | Readonly<{ kind: "busy"; message: string; retryAfterMs: number }>
  /** Another window or machine records in this session. `retry()` asks again. */
  | Readonly<{ kind: "second_microphone"; message: string }>
  /** A newer copy of this client has taken its place. */
  | Readonly<{ kind: "replaced"; message: string }>
  /** The sign-in has ended; joined again once the connection has a new token. */
  | Readonly<{ kind: "token_expired"; message: string }>
  /** The session or the video is somebody else's, is gone, or was named wrongly. `retry()` asks again. */
  | Readonly<{ kind: "not_allowed"; reason: string; message: string }>
  /** More is waiting than may be kept: the capture was ended, and all of it is kept. */
  | Readonly<{ kind: "limit"; message: string; waitingS: number }>
  /** The server will not have this capture; what it had not stored of it is lost. */
  | Readonly<{ kind: "not_taken"; reason: string; message: string; lostS: number }>;

export const LIMIT_REACHED =
  "The server has been away for too long to record more. What you said is kept here, and is sent when it is back.";

export const SEND_AGAIN: ReadonlySet<string> = new Set(["audio_skipped", "audio_backlog"]);
export const JOIN_AGAIN: ReadonlySet<string> = new Set([
  "session_ended",
  "stale_fence",
  "audio_out_of_order",
  "unmatched topic",
]);
/** Of a push: it may go through a little later. */
export const LATER: ReadonlySet<string> = new Set([
  "busy",
  "rate_limited",
  "timeout",
  "draining",
  "token_expired",
  "hub_unavailable",
  "database_locked",
  "database_unavailable",
]);
/** Of a join: asking again changes nothing until a person has acted. */
const FOR_GOOD: ReadonlySet<string> = new Set(["forbidden", "not_found", "unknown_topic", "invalid", "no_video"]);

export type JoinAnswer = Readonly<{
  /** `again`: phoenix.js does it. `after`: at a time. `person`: not before `retry()`. */
  next: "again" | "after" | "person";
  refusal: Refusal | null;
}>;

/** What follows from a refused join. */
export function readJoinRefusal(reply: Reply): JoinAnswer {
  const { reason, message } = said(reply);
  if (reason === "busy") {
    const retryAfterMs = typeof reply.retry_after_ms === "number" ? reply.retry_after_ms : 1_000;
    return { next: "after", refusal: { kind: "busy", message, retryAfterMs } };
  }
  if (reason === "second_microphone") return { next: "person", refusal: { kind: "second_microphone", message } };
  if (reason === "token_expired") return { next: "again", refusal: { kind: "token_expired", message } };
  if (FOR_GOOD.has(reason)) return { next: "person", refusal: { kind: "not_allowed", reason, message } };
  return { next: "again", refusal: null };
}

export function said(reply: Reply = {}): { reason: string; message: string; expected: number | null } {
  const { reason, message, expected } = reply;
  const name = typeof reason === "string" ? reason : "error";
  return {
    reason: name,
    message: typeof message === "string" ? message : `The server refused: ${name}.`,
    expected: typeof expected === "number" ? expected : null,
  };
}
