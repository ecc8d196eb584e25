"""``user:{id}``: the changes of every note of the user, whatever the session or video, and the user's glossary."""

from typing import Any

from pydantic import Field

from agent.commands import note_payload
from channels.hub import Hub
from channels.topics.book import unknown_event
from channels.topics.contract import LATER, Outlet, Params, Refused, Response, Unanswered, parsed
from channels.topics.followed import Followed
from channels.wire import BinaryPush, Message
from storage.glossaries import TERMS_LIMIT, Glossaries
from storage.notes import Notes

RECENT = 50  # notes in the snapshot


class GlossaryTerms(Params):
    """The whole glossary, in the order of its importance."""

    terms: tuple[str, ...] = Field(max_length=TERMS_LIMIT)


class UserTopic:
    """Joined by that user alone."""

    def __init__(
        self, user_id: str, outlet: Outlet, notes: Notes, glossaries: Glossaries, hub: Hub, place: Followed
    ) -> None:
        """``hub``: tells the user's other clients that the glossary is another one."""
        self._user_id = user_id
        self._outlet = outlet
        self._notes = notes
        self._glossaries = glossaries
        self._hub = hub
        self._place = place

    async def join(self, params: Any) -> Response:
        if self._user_id != self._outlet.user_id:
            raise Refused("forbidden", "That is another user's topic.")
        response = await self._place.follow(params)
        if response["recovered"]:
            return response
        notes = await self._notes.list_for_user(self._user_id, limit=RECENT)
        glossary = list(await self._glossaries.terms(self._user_id))
        return {**response, "snapshot": {"notes": [note_payload(note) for note in notes], "glossary": glossary}}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        if push.event in ("get_glossary", "set_glossary"):
            return LATER
        raise unknown_event(push.event)

    async def handle(self, push: Message) -> Response:
        if push.event == "get_glossary":
            return {"terms": list(await self._glossaries.terms(self._user_id))}
        terms = await self._glossaries.replace(self._user_id, parsed(GlossaryTerms, push.payload).terms)
        await self._hub.publish(self._place.name, "glossary_changed", {"terms": list(terms)})
        return {"terms": list(terms)}

    def leave(self) -> None:
        self._place.stop()
