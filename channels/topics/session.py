"""``session:{id}``: everything that one session hears and does, for its own user."""

from typing import Any

from agent.commands import note_payload
from agent.machine import Session, view
from agent.saved import from_state
from agent.supervisor import Supervisor
from channels.topics.book import COMMANDS, PAGE, command, unknown_event, write
from channels.topics.contract import LATER, Outlet, Refused, Response, Unanswered
from channels.topics.followed import Followed
from channels.wire import BinaryPush, Message
from storage.sessions import Sessions
from storage.tables import ReviewSession


class SessionTopic:
    """The id is chosen by a client and belongs to the first user who joins with it."""

    def __init__(
        self, session_id: str, outlet: Outlet, supervisor: Supervisor, sessions: Sessions, place: Followed
    ) -> None:
        self._id = session_id
        self._outlet = outlet
        self._supervisor = supervisor
        self._sessions = sessions
        self._place = place

    async def join(self, params: Any) -> Response:
        row = await self._sessions.bind(self._id, self._outlet.user_id)
        response = await self._place.follow(params)
        if response["recovered"]:
            return response
        notes = await self._supervisor.commands.for_session(self._id, newest=PAGE)
        state = await self._supervisor.snapshot(self._id) or {**view(_saved(row)), "video_id": row.video_id}
        return {**response, "snapshot": {**state, "notes": [note_payload(note) for note in notes]}}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        if push.event in COMMANDS or push.event == "write_note":
            return LATER
        if push.event not in ("cancel", "reset"):
            raise unknown_event(push.event)
        live = self._supervisor.get(self._id)
        if live is None:
            return LATER
        if push.event == "cancel":
            live.cancel()
        else:
            live.reset()
        return {}

    async def handle(self, push: Message) -> Response:
        commands, user_id = self._supervisor.commands, self._outlet.user_id
        if push.event in COMMANDS:
            return await command(commands, user_id, push)
        if push.event == "write_note":
            return await write(commands, user_id, push, video_id=await self._video(), session_id=self._id)
        await self._supervisor.command_elsewhere(self._id, push.event)
        return {}

    def leave(self) -> None:
        self._place.stop()

    async def _video(self) -> str:
        """The video that the session is about now."""
        state = await self._supervisor.snapshot(self._id)
        video_id = state["video_id"] if state else (await self._sessions.get(self._id)).video_id
        if video_id is None:
            raise Refused("no_video", "This session has no video yet: write the note on the topic of the video.")
        return str(video_id)


def _saved(row: ReviewSession) -> Session:
    """A session without an agent, as far as it is not over: somebody takes it up soon."""
    session, _ = from_state(row.state) if row.unfinished else (None, None)
    return session or Session()
