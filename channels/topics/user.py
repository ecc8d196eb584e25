"""``user:{id}``: the changes of every note of the user, whatever the session or video."""

from typing import Any

from agent.commands import note_payload
from channels.topics.book import unknown_event
from channels.topics.contract import Outlet, Refused, Response, Unanswered
from channels.topics.followed import Followed
from channels.wire import BinaryPush, Message
from storage.notes import Notes

RECENT = 50  # notes in the snapshot


class UserTopic:
    """Joined by that user alone."""

    def __init__(self, user_id: str, outlet: Outlet, notes: Notes, place: Followed) -> None:
        self._user_id = user_id
        self._outlet = outlet
        self._notes = notes
        self._place = place

    async def join(self, params: Any) -> Response:
        if self._user_id != self._outlet.user_id:
            raise Refused("forbidden", "That is another user's topic.")
        response = await self._place.follow(params)
        if response["recovered"]:
            return response
        notes = await self._notes.list_for_user(self._user_id, limit=RECENT)
        return {**response, "snapshot": {"notes": [note_payload(note) for note in notes]}}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        raise unknown_event(push.event)

    async def handle(self, push: Message) -> Response:
        raise unknown_event(push.event)

    def leave(self) -> None:
        self._place.stop()
