"""The payloads that tell of tools, as types: what a session does at a command, and a worker about a post.

Which fields there are follows from ``tool`` and ``ok``.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic takes the one of ``typing`` only from Python 3.12 on

from agent.events import Consent
from channels.payloads import Durable, Note
from storage.job_state import JobState
from storage.note_status import NoteStatus

CommandTool = Literal["edit", "scratch", "keep", "post", "seek", "playback", "set_time", "list"]
Step = Literal["claimed", "opening", "signing_in", "looking", "writing", "submitting", "reading_back"]


class CommandArguments(TypedDict):
    """What a command was given; `consent` where a run posts its own note."""

    note_id: NotRequired[str]
    text: NotRequired[str]
    timestamp_s: NotRequired[float]
    by_s: NotRequired[float]
    action: NotRequired[Literal["play", "pause"]]
    consent: NotRequired[Consent]


class CommandStart(Durable):
    """The session begins to do what was said or clicked."""

    utterance: int
    tool: CommandTool
    arguments: CommandArguments


class CommentArguments(TypedDict):
    site: str
    attempt: int


class Comment(TypedDict):
    """What a worker says about a post."""

    tool: Literal["comment"]
    utterance: int | None
    note_id: str
    job_id: str


class CommentStart(Comment, Durable):
    """A worker begins to post a note."""

    arguments: CommentArguments


ToolStart = CommandStart | CommentStart


class ToolProgress(Comment):
    """A worker begins with a step."""

    step: Step


class NothingDue(Durable):
    """No note came of an utterance; `reason` says why, for the person."""

    utterance: int
    tool: Literal["none"]
    ok: Literal[True]
    reason: str


class NoteDone(Durable):
    """A command on a note is carried out."""

    utterance: int
    tool: Literal["edit", "scratch", "keep", "post", "set_time"]
    ok: Literal[True]
    note: Note


class PostQueued(Durable):
    """A note is on its way to a worker."""

    utterance: int
    tool: Literal["post"]
    ok: Literal[True]
    note_id: str
    status: NoteStatus


class SeekDone(Durable):
    """The player was told to go to a second, or by so many."""

    utterance: int
    tool: Literal["seek"]
    ok: Literal[True]
    to_s: NotRequired[float]
    by_s: NotRequired[float]


class PlaybackDone(Durable):
    """The player was told to play or pause."""

    utterance: int
    tool: Literal["playback"]
    ok: Literal[True]
    action: Literal["play", "pause"]


class Answered(Durable):
    """A question's answer, and the notes that it speaks of."""

    utterance: int
    tool: Literal["list"]
    ok: Literal[True]
    answer: str
    notes: list[Note]


class CommandRefused(Durable):
    """A command could not be carried out; nothing changed."""

    utterance: int
    tool: CommandTool
    ok: Literal[False]
    reason: Literal["not_now", "posting_unavailable", "no_time"]
    message: str


class CommentPosted(Comment, Durable):
    """The site shows the comment."""

    ok: Literal[True]
    permalink: str | None


class CommentNotPosted(Comment, Durable):
    """The comment is not known to be there; `reason` is what the job came to, `message` is for the person."""

    ok: Literal[False]
    reason: JobState | Literal["lost", "unsure"]
    message: str | None


ToolResult = (
    NothingDue
    | NoteDone
    | PostQueued
    | SeekDone
    | PlaybackDone
    | Answered
    | CommandRefused
    | CommentPosted
    | CommentNotPosted
)
