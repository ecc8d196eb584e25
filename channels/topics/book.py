"""Note commands as they come over the wire; the same on every topic that takes them."""

from typing import Any

from pydantic import Field

from agent.commands import NoteCommands, note_payload
from channels.topics.contract import Params, Refused, Response, parsed
from channels.wire import Message
from inference.llm.contract import Category

PAGE = 200  # notes at a time; each may hold 20,000 characters of transcript


class NoteRef(Params):
    note_id: str = Field(min_length=1, max_length=64)


class NoteEdit(NoteRef):
    text: str | None = None
    category: str | None = None
    timestamp_s: float | None = Field(None, ge=0)
    revision: int | None = None  # the one that was seen; another one there now is a conflict


class NoteWrite(Params):
    """A note that a person types."""

    text: str
    timestamp_s: float = Field(ge=0)
    category: Category = Category.OTHER
    client_ref: str = Field(min_length=8, max_length=64)  # random; the same again is the same note


class NotePost(NoteRef):
    text_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")  # of the text that was seen


class PostSettle(NoteRef):
    found: bool  # whether the person sees the comment on the site
    permalink: str | None = Field(None, max_length=2048, pattern=r"^https?://\S+$")


COMMANDS = frozenset({"edit_note", "delete_note", "confirm_note", "post_note", "settle_post", "scratch_note"})


async def command(commands: NoteCommands, user_id: str, push: Message) -> Response:
    """Do what a push asks of a note. Raises Refused, and errors of the agent and the store."""
    note_id = parsed(NoteRef, push.payload).note_id
    match push.event:
        case "edit_note":
            edit = parsed(NoteEdit, push.payload)
            note = await commands.edit(
                note_id,
                user_id=user_id,
                text=edit.text,
                category=edit.category,
                timestamp_s=edit.timestamp_s,
                expected_revision=edit.revision,
            )
        case "confirm_note":
            note = await commands.keep(note_id, user_id=user_id)
        case "post_note":
            sha256 = parsed(NotePost, push.payload).text_sha256
            note = await commands.post(note_id, user_id=user_id, text_sha256=sha256)
        case "settle_post":
            settle = parsed(PostSettle, push.payload)
            note = await commands.settle(note_id, user_id=user_id, found=settle.found, permalink=settle.permalink)
        case "scratch_note":
            note = await commands.scratch(note_id, user_id=user_id)
        case _:
            await commands.delete(note_id, user_id=user_id)
            return {"note_id": note_id}
    return {"note": note_payload(note)}


async def write(
    commands: NoteCommands, user_id: str, push: Message, *, video_id: str, session_id: str | None = None
) -> Response:
    """Save the note that is typed. Raises as ``command``."""
    wanted = parsed(NoteWrite, push.payload)
    note = await commands.write(
        user_id=user_id,
        video_id=video_id,
        session_id=session_id,
        text=wanted.text,
        category=wanted.category,
        timestamp_s=wanted.timestamp_s,
        client_ref=wanted.client_ref,
    )
    return {"note": note_payload(note)}


def unknown_event(event: str) -> Refused:
    return Refused("unknown_event", f"{event!r} means nothing on this topic: see docs/wire.md.")


def position(params: Any) -> tuple[str, int] | None:
    """Where a client that comes back had got to, as its join says."""
    given = parsed(Position, params or {})
    return (given.epoch, given.last_seq) if given.epoch is not None and given.last_seq is not None else None


class Position(Params):
    epoch: str | None = Field(None, max_length=64)
    last_seq: int | None = Field(None, ge=0)
