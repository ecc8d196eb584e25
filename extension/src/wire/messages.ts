// The messages of the wire, printed from the server's own types by channels/typescript.py: change those, not this file.
// What each means is told in docs/wire.md. Says nothing of how messages travel.

export const MIC_STATES = ["idle", "listening", "paused", "error"] as const;
/** The microphone region, one a session. */
export type MicState = (typeof MIC_STATES)[number];

export const MODES = ["ptt", "hands-free"] as const;
/** How a person records. */
export type Mode = (typeof MODES)[number];

export const RUN_STATES = [
  "transcribing",
  "structuring",
  "confirming",
  "executing_tool",
  "cancelling",
  "retrying",
  "done",
  "failed",
] as const;
/** The run region, one an utterance. */
export type RunState = (typeof RUN_STATES)[number];

export const CATEGORIES = [
  "pacing",
  "audio",
  "color",
  "graphics",
  "content",
  "typo",
  "praise",
  "question",
  "other",
] as const;
/** What a note is about. */
export type Category = (typeof CATEGORIES)[number];

export const NOTE_STATUSES = [
  "ghost",
  "firmed",
  "pending_post",
  "posting",
  "posted",
  "cancelled",
  "failed",
  "needs_attention",
] as const;
export type NoteStatus = (typeof NOTE_STATUSES)[number];

export const INTENTS = [
  "create_note",
  "edit_last",
  "cancel",
  "confirm",
  "seek",
  "playback",
  "set_time",
  "question",
] as const;
/** What the person wants. */
export type IntentName = (typeof INTENTS)[number];

export const CONSENTS = ["click", "voice", "auto"] as const;
/** Who asked for a note to be posted. */
export type Consent = (typeof CONSENTS)[number];

export const JOB_STATES = [
  "queued",
  "claimed",
  "submitting",
  "posted",
  "failed",
  "needs_attention",
  "withdrawn",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** On `session:{id}`. */
export type SessionEvents = {
  readonly token_expired: TokenExpired;
  readonly note_created: NoteCreated;
  readonly note_updated: NoteUpdated;
  readonly note_cancelled: NoteCancelled;
  readonly state_changed: StateChanged;
  readonly speech_started: SpeechStarted;
  readonly speech_ended: SpeechEnded;
  readonly asr_partial: AsrPartial;
  readonly asr_final: AsrFinal;
  readonly intent: Intent;
  readonly model_delta: ModelDelta;
  readonly tool_start: ToolStart;
  readonly tool_progress: ToolProgress;
  readonly tool_result: ToolResult;
  readonly player_command: PlayerCommand;
  readonly agent_error: AgentError;
};

/** The token has ended: push a new one before this many seconds are over. */
export type TokenExpired = {
  readonly grace_s: number;
};

/** A note that was not there before. */
export type NoteCreated = {
  readonly seq: number;
  readonly note: Note;
  readonly utterance: number | null;
};

/** A note, the same on every topic: of two with one id, the one with the higher revision holds. */
export type Note = {
  readonly id: string;
  readonly session_id: string | null;
  readonly video_id: string;
  readonly utterance: number | null;
  readonly part: number;
  readonly text: string;
  readonly transcript: string;
  readonly category: Category;
  readonly confidence: number;
  readonly coverage: number | null;
  readonly timestamp_s: number;
  readonly status: NoteStatus;
  readonly reason: string | null;
  readonly revision: number;
  readonly permalink: string | null;
};

/** A note that was changed, by whomever. */
export type NoteUpdated = {
  readonly seq: number;
  readonly note: Note;
  readonly utterance: number | null;
};

/** A note that was taken back. */
export type NoteCancelled = {
  readonly seq: number;
  readonly note: Note;
  readonly utterance: number | null;
  readonly deleted?: true;
};

/** Where the session stands now. */
export type StateChanged = {
  readonly microphone: MicState;
  readonly mode: Mode;
  readonly state: MicState | RunState;
  readonly utterance: number | null;
  readonly run: RunState | null;
  readonly runs: readonly Unfinished[];
  readonly last_transition: number;
  readonly seq: number;
};

/** An utterance that is being worked on. */
export type Unfinished = {
  readonly utterance: number;
  readonly state: RunState;
};

/** Somebody began to speak; `joins` is the utterance that goes on after a short pause. */
export type SpeechStarted = {
  readonly seq: number;
  readonly utterance: number;
  readonly capture: number;
  readonly sample: number;
  readonly media_s: number | null;
  readonly joins?: number;
};

/** An utterance is over; every number but the first two and `joins` is a sample of its capture. */
export type SpeechEnded = {
  readonly seq: number;
  readonly utterance: number;
  readonly capture: number;
  readonly start: number;
  readonly end: number;
  readonly onset: number | null;
  readonly last: number | null;
  readonly endpoint: number;
  readonly reason: "endpoint" | "stop" | "limit";
  readonly joins: number | null;
  readonly resumed: number | null;
};

/** What is heard so far, whole; its first `firm` characters stay until the final. */
export type AsrPartial = {
  readonly utterance: number;
  readonly text: string;
  readonly firm: number;
};

/** What was heard. */
export type AsrFinal = {
  readonly seq: number;
  readonly utterance: number;
  readonly text: string;
  readonly certainty: number;
  readonly audio_s: number;
  readonly decode_s: number;
  readonly engine: string;
  readonly language: string;
  readonly coverage?: number;
  readonly gaps?: readonly (readonly [number, number])[];
  readonly joins?: number;
};

/** How an utterance was understood; `notice` is for the person. */
export type Intent = {
  readonly seq: number;
  readonly utterance: number;
  readonly intent: IntentName;
  readonly confidence: number;
  readonly category: Category | null;
  readonly timestamp_s: number | null;
  readonly post: boolean;
  readonly engine: string;
  readonly notice?: string;
};

/** What a language model has written so far, whole. */
export type ModelDelta = {
  readonly utterance: number;
  readonly text: string;
};

/** The session begins to do what was said or clicked. */
export type CommandStart = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: CommandTool;
  readonly arguments: CommandArguments;
};

export type CommandTool = "edit" | "scratch" | "keep" | "post" | "seek" | "playback" | "set_time" | "list";

/** What a command was given; `consent` where a run posts its own note. */
export type CommandArguments = {
  readonly note_id?: string;
  readonly text?: string;
  readonly timestamp_s?: number;
  readonly by_s?: number;
  readonly action?: "play" | "pause";
  readonly consent?: Consent;
};

/** A worker begins to post a note. */
export type CommentStart = {
  readonly tool: "comment";
  readonly utterance: number | null;
  readonly note_id: string;
  readonly job_id: string;
  readonly seq: number;
  readonly arguments: CommentArguments;
};

export type CommentArguments = {
  readonly site: string;
  readonly attempt: number;
};

export type ToolStart = CommandStart | CommentStart;

/** A worker begins with a step. */
export type ToolProgress = {
  readonly tool: "comment";
  readonly utterance: number | null;
  readonly note_id: string;
  readonly job_id: string;
  readonly step: Step;
};

export type Step = "claimed" | "opening" | "signing_in" | "looking" | "writing" | "submitting" | "reading_back";

/** No note came of an utterance; `reason` says why, for the person. */
export type NothingDue = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "none";
  readonly ok: true;
  readonly reason: string;
};

/** A command on a note is carried out. */
export type NoteDone = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "edit" | "scratch" | "keep" | "post" | "set_time";
  readonly ok: true;
  readonly note: Note;
};

/** A note is on its way to a worker. */
export type PostQueued = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "post";
  readonly ok: true;
  readonly note_id: string;
  readonly status: NoteStatus;
};

/** The player was told to go to a second, or by so many. */
export type SeekDone = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "seek";
  readonly ok: true;
  readonly to_s?: number;
  readonly by_s?: number;
};

/** The player was told to play or pause. */
export type PlaybackDone = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "playback";
  readonly ok: true;
  readonly action: "play" | "pause";
};

/** A question's answer, and the notes that it speaks of. */
export type Answered = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: "list";
  readonly ok: true;
  readonly answer: string;
  readonly notes: readonly Note[];
};

/** A command could not be carried out; nothing changed. */
export type CommandRefused = {
  readonly seq: number;
  readonly utterance: number;
  readonly tool: CommandTool;
  readonly ok: false;
  readonly reason: "not_now" | "posting_unavailable" | "no_time";
  readonly message: string;
};

/** The site shows the comment. */
export type CommentPosted = {
  readonly tool: "comment";
  readonly utterance: number | null;
  readonly note_id: string;
  readonly job_id: string;
  readonly seq: number;
  readonly ok: true;
  readonly permalink: string | null;
};

/** The comment is not known to be there; `reason` is what the job came to, `message` is for the person. */
export type CommentNotPosted = {
  readonly tool: "comment";
  readonly utterance: number | null;
  readonly note_id: string;
  readonly job_id: string;
  readonly seq: number;
  readonly ok: false;
  readonly reason: JobState | "lost" | "unsure";
  readonly message: string | null;
};

export type ToolResult =
  | NothingDue
  | NoteDone
  | PostQueued
  | SeekDone
  | PlaybackDone
  | Answered
  | CommandRefused
  | CommentPosted
  | CommentNotPosted;

/** For the page that plays the video; a seek has `to_s` or `by_s`. */
export type PlayerCommand = {
  readonly seq: number;
  readonly utterance: number;
  readonly action: "seek" | "play" | "pause";
  readonly to_s?: number;
  readonly by_s?: number;
};

/** Something failed; `reason` is for programs, `message` tells the person what to do. */
export type AgentError = {
  readonly seq: number;
  readonly utterance: number | null;
  readonly reason: string;
  readonly message: string;
};

/** On `audio:{id}`. */
export type AudioEvents = {
  readonly token_expired: TokenExpired;
  readonly ack: Ack;
};

/** Samples [0, samples) of a capture are stored. */
export type Ack = {
  readonly capture: number;
  readonly samples: number;
};

/** On `video:{id}`. */
export type VideoEvents = {
  readonly token_expired: TokenExpired;
  readonly note_created: NoteCreated;
  readonly note_updated: NoteUpdated;
  readonly note_cancelled: NoteCancelled;
  readonly tool_start: CommentStart;
  readonly tool_progress: ToolProgress;
  readonly tool_result: CommentPosted | CommentNotPosted;
  readonly presence_state: PresenceState;
  readonly presence_diff: PresenceDiff;
};

/** One user's connections. */
export type PresenceEntry = {
  readonly metas: readonly PresenceMeta[];
};

/** One connection of a user. */
export type PresenceMeta = {
  readonly phx_ref: string;
  readonly client: string;
  readonly online_at: number;
};

export type PresenceState = Readonly<Record<string, PresenceEntry>>;

/** Who came and who went, by user. */
export type PresenceDiff = {
  readonly joins: PresenceState;
  readonly leaves: PresenceState;
};

/** On `user:{id}`. */
export type UserEvents = {
  readonly token_expired: TokenExpired;
  readonly note_created: NoteCreated;
  readonly note_updated: NoteUpdated;
  readonly note_cancelled: NoteCancelled;
  readonly tool_start: CommentStart;
  readonly tool_progress: ToolProgress;
  readonly tool_result: CommentPosted | CommentNotPosted;
  readonly glossary_changed: GlossaryChanged;
  readonly preferences_changed: PreferencesChanged;
};

/** The whole glossary, as it is now. */
export type GlossaryChanged = {
  readonly seq: number;
  readonly terms: readonly string[];
};

/** All preferences, as they are now. */
export type PreferencesChanged = {
  readonly seq: number;
  readonly preferences: Preferences;
};

/** What a user has chosen for themselves; null is as the server is set. */
export type Preferences = {
  readonly auto_post: boolean | null;
  readonly auto_post_default: boolean;
};

/** What each kind of topic is joined with, and what comes of it. */
export type Joins = {
  readonly session: FollowedJoin<Position, SessionSnapshot, SessionEvents>;
  readonly audio: Join<AudioJoin, AudioJoined>;
  readonly video: FollowedJoin<VideoJoin, VideoSnapshot, VideoEvents>;
  readonly user: FollowedJoin<Position, UserSnapshot, UserEvents>;
};

/** The join of a topic on which a client can catch up. */
export type FollowedJoin<Params, Snapshot, Events> = {
  readonly params: Params;
  readonly response: CaughtUp<Events> | StartedAnew<Snapshot>;
};

/** The client has missed these events and nothing else. */
export type CaughtUp<Events> = {
  readonly epoch: string;
  readonly seq: number;
  readonly recovered: true;
  readonly events: readonly EventOf<Events>[];
};

/** One of a topic's events, by its name. */
export type EventOf<Events> = {
  readonly [Name in keyof Events]: { readonly event: Name; readonly payload: Events[Name] };
}[keyof Events];

/** The client forgets what it has and takes the snapshot, which holds everything up to `seq`. */
export type StartedAnew<Snapshot> = {
  readonly epoch: string;
  readonly seq: number;
  readonly recovered: false;
  readonly events: readonly [];
  readonly snapshot: Snapshot;
};

export type Position = {
  readonly epoch?: string | null;
  readonly last_seq?: number | null;
};

/** A session and its newest notes, oldest first. */
export type SessionSnapshot = {
  readonly microphone: MicState;
  readonly mode: Mode;
  readonly state: MicState | RunState;
  readonly utterance: number | null;
  readonly run: RunState | null;
  readonly runs: readonly Unfinished[];
  readonly last_transition: number;
  readonly video_id: string | null;
  readonly notes: readonly Note[];
};

export type Join<Params, Response> = {
  readonly params: Params;
  readonly response: Response;
};

/** How a client means to record. */
export type AudioJoin = {
  readonly mode?: Mode;
  readonly sample_rate?: 16000;
  readonly encoding?: "pcm16" | "opus";
  readonly client_id?: string | null;
  readonly video_id?: string | null;
  readonly url?: string | null;
  readonly timestamp?: number | null;
};

/** Samples [0, samples) of `capture` are safe already. */
export type AudioJoined = {
  readonly video_id: string;
  readonly client_id: string;
  readonly capture: number;
  readonly samples: number;
};

/** Where the client had got to, and what it says of itself. */
export type VideoJoin = {
  readonly client?: string;
  readonly epoch?: string | null;
  readonly last_seq?: number | null;
};

/** A page of a video's notes; `next` is what to ask for `after` this one. */
export type VideoSnapshot = {
  readonly notes: readonly Note[];
  readonly next: string | null;
};

/** The user's newest notes, the glossary, and what they have chosen. */
export type UserSnapshot = {
  readonly notes: readonly Note[];
  readonly glossary: readonly string[];
  readonly preferences: Preferences;
};

/** On `session:{id}`. */
export type SessionPushes = {
  readonly token: Push<NewToken, TokenTaken>;
  readonly write_note: Push<NoteWrite, NoteAnswer>;
  readonly edit_note: Push<NoteEdit, NoteAnswer>;
  readonly confirm_note: Push<NoteRef, NoteAnswer>;
  readonly post_note: Push<NotePost, NoteAnswer>;
  readonly settle_post: Push<PostSettle, NoteAnswer>;
  readonly scratch_note: Push<NoteRef, NoteAnswer>;
  readonly delete_note: Push<NoteRef, NoteGone>;
  readonly cancel: Push<Nothing, Nothing>;
  readonly reset: Push<Nothing, Nothing>;
};

export type Push<Params, Response> = {
  readonly payload: Params;
  readonly response: Response;
};

export type NewToken = {
  readonly token: string;
};

export type TokenTaken = {
  readonly expires_at: number;
};

/** A note that a person types. */
export type NoteWrite = {
  readonly text: string;
  readonly timestamp_s: number;
  readonly category?: Category;
  readonly client_ref: string;
};

export type NoteAnswer = {
  readonly note: Note;
};

export type NoteEdit = {
  readonly note_id: string;
  readonly text?: string | null;
  readonly category?: string | null;
  readonly timestamp_s?: number | null;
  readonly revision?: number | null;
};

export type NoteRef = {
  readonly note_id: string;
};

export type NotePost = {
  readonly note_id: string;
  readonly text_sha256?: string | null;
};

export type PostSettle = {
  readonly note_id: string;
  readonly found: boolean;
  readonly permalink?: string | null;
};

export type NoteGone = {
  readonly note_id: string;
};

/** No fields. */
export type Nothing = Readonly<Record<string, never>>;

/** On `audio:{id}`, beside the samples, which are bytes. */
export type AudioPushes = {
  readonly token: Push<NewToken, TokenTaken>;
  readonly stop: Push<Stop, Nothing>;
  readonly gap: Push<Gap, Nothing>;
  readonly anchor: Push<Anchor, Nothing>;
  readonly clock: Push<Clock, Nothing>;
  readonly capture_failed: Push<CaptureFailed, Nothing>;
  readonly pause: Push<Nothing, Nothing>;
  readonly resume: Push<Nothing, Nothing>;
  readonly cancel: Push<Nothing, Nothing>;
};

export type Stop = {
  readonly capture: number;
  readonly samples: number;
};

export type Gap = {
  readonly capture: number;
  readonly from: number;
  readonly to: number;
};

export type Anchor = {
  readonly capture: number;
  readonly sample: number;
  readonly wall_ms: number;
};

export type Clock = {
  readonly wall_ms: number;
  readonly media_s: number;
  readonly rate?: number;
  readonly paused?: boolean;
};

export type CaptureFailed = {
  readonly reason: string;
};

/** On `video:{id}`; `video:new` takes `video_detected` alone. */
export type VideoPushes = {
  readonly token: Push<NewToken, TokenTaken>;
  readonly write_note: Push<NoteWrite, NoteAnswer>;
  readonly edit_note: Push<NoteEdit, NoteAnswer>;
  readonly confirm_note: Push<NoteRef, NoteAnswer>;
  readonly post_note: Push<NotePost, NoteAnswer>;
  readonly settle_post: Push<PostSettle, NoteAnswer>;
  readonly scratch_note: Push<NoteRef, NoteAnswer>;
  readonly delete_note: Push<NoteRef, NoteGone>;
  readonly video_detected: Push<VideoDetected, DetectedAnswer>;
  readonly get_notes: Push<Page, VideoSnapshot>;
};

/** What a page says of the video it shows. */
export type VideoDetected = {
  readonly platform: string;
  readonly external_id: string;
  readonly url: string;
  readonly title?: string;
  readonly duration?: number | null;
  readonly chapters?: readonly Readonly<Record<string, string | number | boolean | null>>[];
  readonly cues?: readonly Readonly<Record<string, string | number | boolean | null>>[];
};

/** The video's id; null where the platform is not supported. */
export type DetectedAnswer = {
  readonly video_id: string | null;
  readonly supported: boolean;
};

/** Which notes of the video are wanted, by time in the video. */
export type Page = {
  readonly after?: string | null;
  readonly limit?: number;
};

/** On `user:{id}`. */
export type UserPushes = {
  readonly token: Push<NewToken, TokenTaken>;
  readonly get_glossary: Push<Nothing, Terms>;
  readonly set_glossary: Push<GlossaryTerms, Terms>;
  readonly get_preferences: Push<Nothing, PreferencesAnswer>;
  readonly set_preferences: Push<PreferencesChange, PreferencesAnswer>;
  readonly list_videos: Push<LibraryPage, LibraryAnswer>;
  readonly search_notes: Push<NoteSearch, FoundNotes>;
  readonly report: Push<Report, Nothing>;
};

export type Terms = {
  readonly terms: readonly string[];
};

/** The whole glossary, in the order of its importance. */
export type GlossaryTerms = {
  readonly terms: readonly string[];
};

export type PreferencesAnswer = {
  readonly preferences: Preferences;
};

/** What is wanted; null is as the server is set. */
export type PreferencesChange = {
  readonly auto_post: boolean | null;
};

/** Which of the user's videos are wanted, the one something was last done with first. */
export type LibraryPage = {
  readonly query?: string;
  readonly after?: string | null;
  readonly limit?: number;
};

/** A page of the user's videos; `next` is what to ask for `after` this one. */
export type LibraryAnswer = {
  readonly videos: readonly LibraryVideo[];
  readonly next: string | null;
};

/** A video of the user's. Notes that were cancelled or deleted don't count. */
export type LibraryVideo = {
  readonly id: string;
  readonly platform: string;
  readonly external_id: string;
  readonly url: string;
  readonly title: string;
  readonly duration_s: number | null;
  readonly notes: number;
  readonly unposted: number;
  readonly newest_note_at: number | null;
  readonly updated_at: number;
};

/** Which of the user's notes are wanted, newest first. */
export type NoteSearch = {
  readonly query: string;
  readonly category?: Category | null;
  readonly status?: NoteStatus | null;
  readonly limit?: number;
};

/** Notes, newest first, and by id the videos that they are about. */
export type FoundNotes = {
  readonly notes: readonly Note[];
  readonly videos: Readonly<Record<string, VideoName>>;
};

/** What a person knows a video by. */
export type VideoName = {
  readonly title: string;
  readonly url: string;
};

/** What happened since the last report. */
export type Report = {
  readonly events: readonly (TimeTaken | ErrorMet)[];
};

/** How long something took a client. */
export type TimeTaken = {
  readonly kind: "key_to_first_frame_ms" | "key_to_note_ms" | "release_to_note_ms" | "vad_inference_ms";
  readonly ms: number;
};

/** Something failed in a client; `code` is a hash that says which of its errors it was. */
export type ErrorMet = {
  readonly kind: "error";
  readonly code: string;
};

/** Why a join or push is refused: `reason` is for programs, `message` tells a person what to do. */
export type Refusal = {
  readonly reason: string;
  readonly message: string;
  readonly expected?: number;
  readonly current?: number;
  readonly retry_after_ms?: number;
};

/** What answers the join of a topic on which a client can catch up. */
export type Recovered<Snapshot, Events = SessionEvents & VideoEvents & UserEvents> =
  | CaughtUp<Events>
  | StartedAnew<Snapshot>;

export const SESSION_EVENTS = [
  "token_expired",
  "note_created",
  "note_updated",
  "note_cancelled",
  "state_changed",
  "speech_started",
  "speech_ended",
  "asr_partial",
  "asr_final",
  "intent",
  "model_delta",
  "tool_start",
  "tool_progress",
  "tool_result",
  "player_command",
  "agent_error",
] as const satisfies readonly (keyof SessionEvents)[];
export type SessionEvent = EventOf<SessionEvents>;

export const AUDIO_EVENTS = ["token_expired", "ack"] as const satisfies readonly (keyof AudioEvents)[];
export type AudioEvent = EventOf<AudioEvents>;

export const VIDEO_EVENTS = [
  "token_expired",
  "note_created",
  "note_updated",
  "note_cancelled",
  "tool_start",
  "tool_progress",
  "tool_result",
  "presence_state",
  "presence_diff",
] as const satisfies readonly (keyof VideoEvents)[];
export type VideoEvent = EventOf<VideoEvents>;

export const USER_EVENTS = [
  "token_expired",
  "note_created",
  "note_updated",
  "note_cancelled",
  "tool_start",
  "tool_progress",
  "tool_result",
  "glossary_changed",
  "preferences_changed",
] as const satisfies readonly (keyof UserEvents)[];
export type UserEvent = EventOf<UserEvents>;
