// What panel and popup show, as plain data that nobody changes: `reduce` makes a new view of the one before. Knows no
// socket, no clock and no page.

import type { NoteFilter } from "../ui/filter";
import { EVERYTHING } from "../ui/filter";
import type { MicState, Mode, Note, RunState, Step, Unfinished } from "../wire/messages";

/** Why there is no connection; it comes back by itself. */
export type OfflineReason = "lost" | "unreachable" | "not_ready";
/** Why the server takes no connection of this page; somebody has to act. */
export type RefusedReason =
  | "bad_address"
  | "token_missing"
  | "token_expired"
  | "token_refused"
  | "origin_not_allowed"
  | "too_many_connections";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "online" }
  | { readonly state: "offline"; readonly sinceMs: number; readonly why: OfflineReason }
  | { readonly state: "refused"; readonly sinceMs: number; readonly why: RefusedReason };

export interface SessionView {
  readonly id: string | null;
  readonly microphone: MicState;
  readonly mode: Mode;
  /** The one state to show. */
  readonly state: MicState | RunState;
  readonly runs: readonly Unfinished[];
}

/** What is heard so far of the sentence that is being said. */
export interface Heard {
  readonly utterance: number;
  readonly text: string;
  /** So many characters of the text stay as they are. */
  readonly firm: number;
  /** Nobody speaks any more: the final text is under way. */
  readonly over: boolean;
}

/** One line of the timeline, as `ui/Steps` draws it. What has the same id takes its place later. */
export interface TimelineStep {
  readonly id: string;
  readonly label: string;
  readonly state: "running" | "done" | "failed";
}

export interface Utterance {
  readonly number: number;
  readonly state: RunState | null;
  readonly steps: readonly TimelineStep[];
}

/** How far the post of a note has come. */
export interface Posting {
  readonly jobId: string;
  readonly attempt: number;
  readonly step: Step | null;
  readonly outcome: "posted" | "not_posted" | null;
  readonly message: string | null;
  /** Which attempt each kind of topic speaks of: the same is told on three of them, not in step. */
  readonly told: Readonly<Record<string, number>>;
}

export type VideoState = "none" | "unsupported" | "loading" | "ready" | "refused";

export interface VideoView {
  readonly id: string | null;
  readonly title: string;
  readonly state: VideoState;
  /** By time in the video; each once, in its highest revision; without those that were scratched or deleted. */
  readonly notes: readonly Note[];
  /** Revisions of notes that are gone, so that a late message does not bring them back. */
  readonly gone: Readonly<Record<string, number>>;
  /** Ids that the pages now being read have not shown again; null while none are read. */
  readonly unseen: ReadonlySet<string> | null;
  readonly posting: Readonly<Record<string, Posting>>;
}

export type ActionKind =
  | "try_again"
  | "open_options"
  | "get_token"
  | "reset_microphone"
  | "look_at_note"
  | "close_other_pages";

export interface Notice {
  readonly id: string;
  readonly tone: "info" | "warning" | "error";
  readonly words: string;
  readonly action: ActionKind | null;
  readonly noteId: string | null;
}

export interface View {
  readonly connection: Connection;
  readonly session: SessionView;
  readonly heard: Heard | null;
  readonly timeline: readonly Utterance[];
  readonly video: VideoView;
  readonly notices: readonly Notice[];
  readonly filter: NoteFilter;
}

const NO_SESSION: SessionView = { id: null, microphone: "idle", mode: "ptt", state: "idle", runs: [] };
const NO_VIDEO: VideoView = {
  id: null,
  title: "",
  state: "none",
  notes: [],
  gone: {},
  unseen: null,
  posting: {},
};

export const INITIAL_VIEW: View = {
  connection: { state: "connecting" },
  session: NO_SESSION,
  heard: null,
  timeline: [],
  video: NO_VIDEO,
  notices: [],
  filter: EVERYTHING,
};

export function newSession(id: string | null): SessionView {
  return { ...NO_SESSION, id };
}

export function newVideo(id: string | null, title: string, state: VideoState): VideoView {
  return { ...NO_VIDEO, id, title, state };
}
