"""What belongs together on each topic, as types: its events by name, its join, its pushes and their responses.

Sends nothing; for ``channels.typescript`` and for the tests that hold a real server against it.
"""

from collections.abc import Mapping
from typing import Any, Generic, Literal, NotRequired, TypeVar

from typing_extensions import TypedDict  # pydantic takes the one of ``typing`` only from Python 3.12 on

from channels import payloads as p
from channels import tool_payloads as t
from channels.topics import audio, book, choices, library, report, user, video

Params = TypeVar("Params")
Response = TypeVar("Response")
Snapshot = TypeVar("Snapshot")
Events = TypeVar("Events")


# Events, by topic


class EveryTopic(TypedDict):
    token_expired: p.TokenExpired


class NoteEvents(EveryTopic):
    note_created: p.NoteCreated
    note_updated: p.NoteUpdated
    note_cancelled: p.NoteCancelled


class PostEvents(NoteEvents):
    tool_start: t.CommentStart
    tool_progress: t.ToolProgress
    tool_result: t.CommentPosted | t.CommentNotPosted


class SessionEvents(NoteEvents):
    """On `session:{id}`."""

    state_changed: p.StateChanged
    speech_started: p.SpeechStarted
    speech_ended: p.SpeechEnded
    asr_partial: p.AsrPartial
    asr_final: p.AsrFinal
    intent: p.Intent
    model_delta: p.ModelDelta
    tool_start: t.ToolStart
    tool_progress: t.ToolProgress
    tool_result: t.ToolResult
    player_command: p.PlayerCommand
    agent_error: p.AgentError


class AudioEvents(EveryTopic):
    """On `audio:{id}`."""

    ack: p.Ack


class VideoEvents(PostEvents):
    """On `video:{id}`."""

    presence_state: p.PresenceState
    presence_diff: p.PresenceDiff


class UserEvents(PostEvents):
    """On `user:{id}`."""

    glossary_changed: p.GlossaryChanged
    preferences_changed: p.PreferencesChanged


# Joins


class SessionSnapshot(p.SessionView):
    """A session and its newest notes, oldest first."""

    video_id: str | None
    notes: list[p.Note]


class VideoSnapshot(TypedDict):
    """A page of a video's notes; `next` is what to ask for `after` this one."""

    notes: list[p.Note]
    next: str | None


class UserSnapshot(TypedDict):
    """The user's newest notes, the glossary, and what they have chosen."""

    notes: list[p.Note]
    glossary: list[str]
    preferences: p.Preferences


class EventOf(TypedDict, Generic[Events]):
    """One of a topic's events, by its name."""

    event: str
    payload: Mapping[str, Any]


class CaughtUp(TypedDict, Generic[Events]):
    """The client has missed these events and nothing else."""

    epoch: str
    seq: int
    recovered: Literal[True]
    events: list[EventOf[Events]]


class StartedAnew(TypedDict, Generic[Snapshot]):
    """The client forgets what it has and takes the snapshot, which holds everything up to `seq`."""

    epoch: str
    seq: int
    recovered: Literal[False]
    events: tuple[()]
    snapshot: Snapshot


class AudioJoined(TypedDict):
    """Samples [0, samples) of `capture` are safe already."""

    video_id: str
    client_id: str
    capture: int
    samples: int


class VideoJoin(book.Position, video.Watcher):
    """Where the client had got to, and what it says of itself."""


class Join(TypedDict, Generic[Params, Response]):
    params: Params
    response: Response


class FollowedJoin(TypedDict, Generic[Params, Snapshot, Events]):
    """The join of a topic on which a client can catch up."""

    params: Params
    response: CaughtUp[Events] | StartedAnew[Snapshot]


class Joins(TypedDict):
    """What each kind of topic is joined with, and what comes of it."""

    session: FollowedJoin[book.Position, SessionSnapshot, SessionEvents]
    audio: Join[audio.AudioJoin, AudioJoined]
    video: FollowedJoin[VideoJoin, VideoSnapshot, VideoEvents]
    user: FollowedJoin[book.Position, UserSnapshot, UserEvents]


# Pushes


class Push(TypedDict, Generic[Params, Response]):
    payload: Params
    response: Response


class Nothing(TypedDict):
    """No fields."""


class Refusal(TypedDict):
    """Why a join or push is refused: `reason` is for programs, `message` tells a person what to do."""

    reason: str
    message: str
    expected: NotRequired[int]  # audio_skipped, audio_backlog: the sample to go on from
    current: NotRequired[int]  # revision_conflict: the revision that is stored
    retry_after_ms: NotRequired[int]  # busy


class NoteAnswer(TypedDict):
    note: p.Note


class NoteGone(TypedDict):
    note_id: str


class DetectedAnswer(TypedDict):
    """The video's id; null where the platform is not supported."""

    video_id: str | None
    supported: bool


class Terms(TypedDict):
    terms: list[str]


class PreferencesAnswer(TypedDict):
    preferences: p.Preferences


class LibraryAnswer(TypedDict):
    """A page of the user's videos; `next` is what to ask for `after` this one."""

    videos: list[p.LibraryVideo]
    next: str | None


class FoundNotes(TypedDict):
    """Notes, newest first, and by id the videos that they are about."""

    notes: list[p.Note]
    videos: Mapping[str, p.VideoName]


class NewToken(TypedDict):
    token: str


class TokenTaken(TypedDict):
    expires_at: float  # Unix seconds


class EveryTopicsPushes(TypedDict):
    token: Push[NewToken, TokenTaken]


class NotePushes(EveryTopicsPushes):
    write_note: Push[book.NoteWrite, NoteAnswer]
    edit_note: Push[book.NoteEdit, NoteAnswer]
    confirm_note: Push[book.NoteRef, NoteAnswer]
    post_note: Push[book.NotePost, NoteAnswer]
    settle_post: Push[book.PostSettle, NoteAnswer]
    scratch_note: Push[book.NoteRef, NoteAnswer]
    delete_note: Push[book.NoteRef, NoteGone]


class SessionPushes(NotePushes):
    """On `session:{id}`."""

    cancel: Push[Nothing, Nothing]
    reset: Push[Nothing, Nothing]


class AudioPushes(EveryTopicsPushes):
    """On `audio:{id}`, beside the samples, which are bytes."""

    stop: Push[audio.Stop, Nothing]
    gap: Push[audio.Gap, Nothing]
    anchor: Push[audio.Anchor, Nothing]
    clock: Push[audio.Clock, Nothing]
    capture_failed: Push[audio.CaptureFailed, Nothing]
    pause: Push[Nothing, Nothing]
    resume: Push[Nothing, Nothing]
    cancel: Push[Nothing, Nothing]


class VideoPushes(NotePushes):
    """On `video:{id}`; `video:new` takes `video_detected` alone."""

    video_detected: Push[video.VideoDetected, DetectedAnswer]
    get_notes: Push[video.Page, VideoSnapshot]


class UserPushes(EveryTopicsPushes):
    """On `user:{id}`."""

    get_glossary: Push[Nothing, Terms]
    set_glossary: Push[user.GlossaryTerms, Terms]
    get_preferences: Push[Nothing, PreferencesAnswer]
    set_preferences: Push[choices.PreferencesChange, PreferencesAnswer]
    list_videos: Push[library.LibraryPage, LibraryAnswer]
    search_notes: Push[library.NoteSearch, FoundNotes]
    report: Push[report.Report, Nothing]
