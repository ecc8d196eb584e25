"""``video:{id}``: the notes of one of the user's own videos. ``video:new`` is for a client that has no id yet."""

import secrets
import time
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from agent.commands import NoteCommands, note_payload
from channels.presence import Meta, Presence
from channels.topics.book import COMMANDS, PAGE, command, unknown_event, write
from channels.topics.contract import LATER, Outlet, Params, Refused, Response, Unanswered, parsed
from channels.topics.followed import Followed
from channels.videos import SUPPORTED, UnknownVideo, video_of
from channels.wire import BinaryPush, Message
from storage.videos import Videos

NEW = "new"

Scalar = str | int | float | bool | None


class VideoDetected(Params):
    """What a page says of the video it shows."""

    platform: str = Field(min_length=1, max_length=32)
    external_id: str = Field(min_length=1, max_length=256)
    url: str = Field(min_length=1, max_length=2048)
    title: str = ""
    duration: float | None = Field(None, ge=0)  # seconds
    chapters: tuple[Mapping[str, Scalar], ...] = Field((), max_length=500)
    cues: tuple[Mapping[str, Scalar], ...] = Field((), max_length=20_000)


class Watcher(Params):
    """What a client says of itself to the others who watch."""

    client: str = Field("", max_length=64)  # such as "side panel"


class Page(Params):
    """Which notes of the video are wanted, by time in the video."""

    after: str | None = Field(None, max_length=64)  # the ``next`` of the page before
    limit: int = Field(PAGE, ge=1, le=PAGE)


class VideoTopic:
    """A video row belongs to one user; nobody else may join."""

    def __init__(
        self,
        video_id: str,
        outlet: Outlet,
        commands: NoteCommands,
        videos: Videos,
        place: Followed,
        presence: Presence,
    ) -> None:
        self._id = video_id
        self._outlet = outlet
        self._commands = commands
        self._videos = videos
        self._place = place
        self._presence = presence
        self._meta: Meta | None = None  # once this connection is said to be there

    async def join(self, params: Any) -> Response:
        if self._id == NEW:
            return {}
        watcher = parsed(Watcher, params or {})
        await self._videos.get(self._id, self._outlet.user_id)
        response = await self._place.follow(params)
        await self._enter(watcher)
        return response if response["recovered"] else {**response, "snapshot": await self._notes(Page())}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        if push.event == "video_detected":
            return LATER
        if self._id == NEW:
            raise Refused("no_video", "Push video_detected first, and join the video it names.")
        if push.event in COMMANDS or push.event in ("get_notes", "write_note"):
            return LATER
        raise unknown_event(push.event)

    async def handle(self, push: Message) -> Response:
        if push.event == "video_detected":
            return await self._detected(parsed(VideoDetected, push.payload))
        if push.event == "get_notes":
            return await self._notes(parsed(Page, push.payload or {}))
        if push.event == "write_note":
            return await write(self._commands, self._outlet.user_id, push, video_id=self._id)
        return await command(self._commands, self._outlet.user_id, push)

    def leave(self) -> None:
        self._place.stop()
        if self._meta:
            self._presence.leave(self._place.name, self._outlet.user_id, self._meta)

    async def _enter(self, watcher: Watcher) -> None:
        """Tell this client who is there, and everybody that it is there too."""
        name = self._place.name
        self._outlet.push("presence_state", await self._presence.state(name))
        self._meta = {"phx_ref": secrets.token_hex(8), "client": watcher.client, "online_at": int(time.time())}
        await self._presence.enter(name, self._outlet.user_id, self._meta)

    async def _notes(self, page: Page) -> Response:
        """``next``: what to ask for after this page, None where it is the last."""
        notes = await self._commands.for_video(self._id, self._outlet.user_id, limit=page.limit + 1, after=page.after)
        rest, notes = notes[page.limit :], notes[: page.limit]
        return {"notes": [note_payload(note) for note in notes], "next": notes[-1].id if rest else None}

    async def _detected(self, video: VideoDetected) -> Response:
        if video.platform not in SUPPORTED:
            return {"video_id": None, "supported": False}
        try:
            video_of(video.url)
        except UnknownVideo as error:
            raise Refused("invalid", f"url: {error}") from None
        row = await self._videos.upsert(
            user_id=self._outlet.user_id,
            platform=video.platform,
            external_id=video.external_id,
            url=video.url,
            title=video.title,
            duration_s=video.duration,
            chapters=video.chapters,
            cues=video.cues,
        )
        return {"video_id": row.id, "supported": True}
