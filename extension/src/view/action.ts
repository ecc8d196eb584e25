// Everything that can happen to a view. Actions are past tense: what came from the hub, and what the person did.

import type { NoteFilter } from "../ui/filter";
import type {
  Note,
  Refusal,
  SessionEvent,
  SessionSnapshot,
  UserEvent,
  UserSnapshot,
  VideoEvent,
  VideoSnapshot,
} from "../wire/messages";
import type { Connection } from "./view";

export type HubEvent = SessionEvent | VideoEvent | UserEvent;
export type Snapshot = SessionSnapshot | VideoSnapshot | UserSnapshot;

/** What following a topic gives, in its order. */
export type TopicAction =
  | { readonly kind: "snapshot"; readonly topic: string; readonly snapshot: Snapshot }
  | { readonly kind: "caught_up"; readonly topic: string }
  | ({ readonly kind: "event"; readonly topic: string } & HubEvent)
  | {
      readonly kind: "topic_refused";
      readonly topic: string;
      readonly refusal: Refusal;
      /** It is not asked for again. */
      readonly forGood: boolean;
    };

export interface ShownVideo {
  /** Null until the server has named it. */
  readonly id: string | null;
  readonly title: string;
  readonly supported: boolean;
}

export type Action =
  | TopicAction
  | { readonly kind: "connection_changed"; readonly connection: Connection }
  | { readonly kind: "session_changed"; readonly sessionId: string | null }
  /** Another video is shown; null: none is. */
  | { readonly kind: "video_changed"; readonly video: ShownVideo | null }
  | { readonly kind: "notes_paged"; readonly videoId: string; readonly notes: readonly Note[]; readonly last: boolean }
  /** A command was answered with the note as it is now. */
  | { readonly kind: "note_answered"; readonly note: Note }
  | { readonly kind: "command_refused"; readonly noteId: string | null; readonly refusal: Refusal }
  | { readonly kind: "filter_changed"; readonly filter: Partial<NoteFilter> }
  | { readonly kind: "notice_dismissed"; readonly id: string };
