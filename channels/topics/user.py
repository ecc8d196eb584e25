"""``user:{id}``: the changes of every note of the user, whatever the session or video; their own settings."""

from typing import Any

from pydantic import Field

from agent.commands import note_payload
from agent.ports import Telemetry
from channels.hub import Hub
from channels.topics.book import unknown_event
from channels.topics.choices import Choices, PreferencesChange
from channels.topics.contract import LATER, Outlet, Params, Refused, Response, Unanswered, parsed
from channels.topics.followed import Followed
from channels.topics.library import LibraryPage, NoteSearch, list_videos, search_notes
from channels.topics.report import Report, Reports
from channels.wire import BinaryPush, Message
from storage.glossaries import TERMS_LIMIT, Glossaries
from storage.notes import Notes
from storage.videos import Videos

RECENT = 50  # notes in the snapshot


class GlossaryTerms(Params):
    """The whole glossary, in the order of its importance."""

    terms: tuple[str, ...] = Field(max_length=TERMS_LIMIT)


class UserTopic:
    """Joined by that user alone."""

    def __init__(
        self,
        user_id: str,
        outlet: Outlet,
        notes: Notes,
        videos: Videos,
        glossaries: Glossaries,
        choices: Choices,
        hub: Hub,
        telemetry: Telemetry,
        place: Followed,
    ) -> None:
        """``hub``: tells the user's other clients of another glossary and of other preferences."""
        self._user_id = user_id
        self._outlet = outlet
        self._notes = notes
        self._videos = videos
        self._glossaries = glossaries
        self._choices = choices
        self._hub = hub
        self._reports = Reports(telemetry)
        self._place = place

    async def join(self, params: Any) -> Response:
        if self._user_id != self._outlet.user_id:
            raise Refused("forbidden", "That is another user's topic.")
        response = await self._place.follow(params)
        if response["recovered"]:
            return response
        notes = await self._notes.list_for_user(self._user_id, limit=RECENT)
        snapshot = {
            "notes": [note_payload(note) for note in notes],
            "glossary": list(await self._glossaries.terms(self._user_id)),
            "preferences": await self._choices.shown(self._user_id),
        }
        return {**response, "snapshot": snapshot}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        match push.event:
            case "get_glossary" | "set_glossary" | "get_preferences" | "set_preferences":
                return LATER
            case "list_videos" | "search_notes" | "report":
                return LATER
            case _:
                raise unknown_event(push.event)

    async def handle(self, push: Message) -> Response:
        match push.event:
            case "list_videos":
                return await list_videos(self._videos, self._user_id, parsed(LibraryPage, push.payload or {}))
            case "search_notes":
                return await search_notes(self._notes, self._videos, self._user_id, parsed(NoteSearch, push.payload))
            case "report":
                return self._reports.take(parsed(Report, push.payload))
            case "set_glossary":
                return await self._set_glossary(parsed(GlossaryTerms, push.payload))
            case "set_preferences":
                return await self._set_preferences(parsed(PreferencesChange, push.payload))
            case "get_preferences":
                return {"preferences": await self._choices.shown(self._user_id)}
            case _:
                return {"terms": list(await self._glossaries.terms(self._user_id))}

    def leave(self) -> None:
        self._place.stop()

    async def _set_glossary(self, glossary: GlossaryTerms) -> Response:
        terms = list(await self._glossaries.replace(self._user_id, glossary.terms))
        await self._hub.publish(self._place.name, "glossary_changed", {"terms": terms})
        return {"terms": terms}

    async def _set_preferences(self, change: PreferencesChange) -> Response:
        preferences = await self._choices.change(self._user_id, change)
        await self._hub.publish(self._place.name, "preferences_changed", {"preferences": preferences})
        return {"preferences": preferences}
