"""One agent a session, started on demand, resumed from the store, reaped when idle. None is restarted silently."""

import asyncio
import contextlib
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from agent.admission import Admission
from agent.agent import Agent
from agent.commands import NoteCommands
from agent.errors import NoAnswer, NotNow, NotYours
from agent.peering import Peering
from agent.ports import Payload, SessionRecord
from agent.services import Services

log = logging.getLogger(__name__)

NOT_YOURS = "This session belongs to another user: use a session of your own."


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    idle_s: float = 900.0  # without a microphone or a command, before an agent is put away
    sweep_s: float = 30.0
    tries: int = 3  # to take up one unfinished session that ends badly; then it waits for its client


class Supervisor:
    """Owns the agents of this process."""

    def __init__(self, services: Services, settings: SupervisorSettings | None = None) -> None:
        self._services = services
        self._settings = settings or SupervisorSettings()
        self._agents: dict[str, Agent] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tries: Counter[str] = Counter()
        self._sweeper: asyncio.Task[None] | None = None
        self._admission = Admission(services)
        self.peering = Peering(services.node, services.sessions, services.peers)
        self.commands = NoteCommands(services.book, self.get, self.peering)

    def get(self, session_id: str) -> Agent | None:
        return self._agents.get(session_id)

    def __len__(self) -> int:
        return len(self._agents)

    async def admit(self, session_id: str) -> None:
        """Whether a microphone may come to this session now. Raises Busy; errors of the store pass through."""
        await self._admission.check(session_id, self.get(session_id))

    async def open(self, session_id: str, *, user_id: str, client_id: str | None = None) -> Agent:
        """The session's agent, taken up from the store, or over from another process, where it is not live here.

        ``client_id``: the microphone that it is opened for. Raises NotYours for another user's session, and
        SecondMicrophone where another client records in it; errors of the store pass through.
        """
        lock = self._opening.setdefault(session_id, asyncio.Lock())
        async with lock:
            agent = await self._live_agent(session_id)
            if agent is None:
                orphaned = not await self._handed_over(session_id, user_id, client_id)
                services = self._services
                record = await services.sessions.claim(
                    session_id, user_id=user_id, owner=services.node, lease_s=services.settings.lease_s
                )
                agent = await self._begin(record, orphaned=orphaned)
        if agent.user_id != user_id:
            raise NotYours(NOT_YOURS)
        return agent

    async def _live_agent(self, session_id: str) -> Agent | None:
        agent = self._agents.get(session_id)
        if agent is not None and agent.ended:
            await asyncio.wait([self._tasks[session_id]])
            return None
        return agent

    async def _handed_over(self, session_id: str, user_id: str, client_id: str | None) -> bool:
        """Whether its last owner gave it up in good order; False where that one (this process, even) failed."""
        owner = await self._services.sessions.owner(session_id)
        if owner is None or owner == self._services.node:
            return owner is None
        who = {"user_id": user_id, "client_id": client_id}
        try:
            return await self.peering.ask(session_id, "hand_over", **who) is not None
        except NoAnswer:  # taken for dead: the fence holds it back
            return False

    async def _begin(self, record: SessionRecord, *, orphaned: bool) -> Agent:
        if orphaned:  # its last owner may have died between a change and telling of it
            for topic in (f"session:{record.id}", f"user:{record.user_id}"):
                await self._services.hub.renew(topic)
            if record.video_id:
                await self._services.hub.renew(f"video:{record.video_id}")
        agent = Agent(record, self._services, self.commands)
        await agent.restore()
        self._agents[record.id] = agent
        self._tasks[record.id] = asyncio.create_task(self._live(agent))
        return agent

    async def snapshot(self, session_id: str) -> dict[str, Any] | None:
        """The session as it stands, here or elsewhere; None where no agent lives, or none answers."""
        agent = self.get(session_id)
        if agent:
            return agent.snapshot()
        with contextlib.suppress(NoAnswer):
            return await self.peering.ask(session_id, "snapshot")
        return None

    async def command_elsewhere(self, session_id: str, command: str) -> None:
        """``cancel`` or ``reset`` a session that is not live here.

        Raises NotNow where it is not live at all, and as ``Peering.ask``.
        """
        if await self.peering.ask(session_id, command) is None:
            raise NotNow("Nothing goes on in this session.")

    async def answer(self, question: Payload) -> dict[str, Any] | None:
        """What another process wants to know or have done; None where the session is not live here.

        Raises what the session refuses.
        """
        session_id = str(question.get("session_id"))
        agent = self.get(session_id)
        if agent is None:
            return None
        match question.get("ask"):
            case "snapshot":
                return agent.snapshot()
            case "hand_over":
                await self._hand_over(agent, question.get("user_id"), question.get("client_id"))
            case "cancel":
                agent.cancel()
            case "reset":
                agent.reset()
            case "note":
                await self.commands.do(str(question["command"]), dict(question["arguments"]))
            case _:
                return None
        return {}

    async def _hand_over(self, agent: Agent, user_id: str | None, client_id: str | None) -> None:
        """Save and let go of a session, unless it is somebody else's or another client records in it."""
        if agent.user_id != user_id:
            raise NotYours(NOT_YOURS)
        agent.yield_microphone(client_id)
        agent.end()
        await asyncio.wait([self._tasks[agent.session_id]])

    async def settle(self, limit_s: float) -> None:
        """Wait until no agent is working on an utterance, at most so long: what is left is saved and taken up later.

        No further session is taken up from here on.
        """
        if self._sweeper:
            self._sweeper.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                for agent in list(self._agents.values()):
                    await agent.settled()

    def start(self) -> None:
        """Begin to put idle agents away, and to take up what a process that died has left."""
        self._sweeper = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Save and stop every agent."""
        if self._sweeper:
            self._sweeper.cancel()
        for agent in self._agents.values():
            agent.end()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _live(self, agent: Agent) -> None:
        try:
            with self._services.telemetry.about(session_id=agent.session_id, user_id=agent.user_id):
                await agent.run()
            del self._tries[agent.session_id]
        except Exception as error:
            cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            if getattr(cause, "fenced", False):  # it goes on there: whoever follows looks at it anew
                log.warning("the session was taken over elsewhere", extra={"session_id": agent.session_id})
                await self._services.hub.renew(f"session:{agent.session_id}")
                return
            log.exception("the agent of a session died", extra={"session_id": agent.session_id})
            message = f"The session stopped: {cause} Join again to go on."
            failure = {"utterance": None, "reason": "session_ended", "message": message}
            await agent.announce("agent_error", failure)
        finally:
            self._agents.pop(agent.session_id, None)
            self._tasks.pop(agent.session_id, None)

    async def _sweep(self) -> None:
        while True:
            await self._take_up_unfinished()
            await asyncio.sleep(self._settings.sweep_s)
            self._put_away_idle()

    async def _take_up_unfinished(self) -> None:
        """Sessions whose process died or stopped in the middle: their notes must come, client or no client."""
        try:
            unfinished = await self._services.sessions.list_unfinished()
        except Exception as error:  # the store is in trouble: the next sweep tries again
            log.warning("unfinished sessions not taken up: %s", error)
            return
        for record in unfinished:
            if record.id in self._agents or self._tries[record.id] >= self._settings.tries:
                continue
            try:
                if await self._take_up(record):
                    log.info("unfinished session taken up", extra={"session_id": record.id})
            except Exception as error:
                self._tries[record.id] += not getattr(error, "retryable", False)
                log.warning("unfinished session not taken up: %s", error, extra={"session_id": record.id})

    async def _take_up(self, record: SessionRecord) -> bool:
        """Whether it is live here now; another process may be quicker."""
        async with self._opening.setdefault(record.id, asyncio.Lock()):
            if await self._live_agent(record.id):
                return False
            services = self._services
            claimed = await services.sessions.claim_orphan(
                record.id, user_id=record.user_id, owner=services.node, lease_s=services.settings.lease_s
            )
            if claimed is None:
                return False
            await self._begin(claimed, orphaned=True)
            self._tries[record.id] += 1
            return True

    def _put_away_idle(self) -> None:
        limit_ms = self._services.now_ms() - self._settings.idle_s * 1000
        for agent in list(self._agents.values()):
            if agent.idle and agent.active_ms < limit_ms:
                log.info("session put away after idling", extra={"session_id": agent.session_id})
                agent.end()
