"""One agent a session, started on demand, resumed from the store, reaped when idle. None is restarted silently."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from weakref import WeakValueDictionary

from agent.agent import Agent
from agent.commands import NoteCommands
from agent.errors import NotYours
from agent.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SupervisorSettings:
    idle_s: float = 900.0  # without a microphone or a command, before an agent is put away
    sweep_s: float = 30.0
    tries: int = 3  # to take up one unfinished session; then it waits for its client


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
        self.commands = NoteCommands(services.book, self.get)

    def get(self, session_id: str) -> Agent | None:
        return self._agents.get(session_id)

    def __len__(self) -> int:
        return len(self._agents)

    async def open(self, session_id: str, *, user_id: str) -> Agent:
        """The session's agent, taken up from the store where it is not live.

        Raises NotYours for another user's session; errors of the store pass through.
        """
        lock = self._opening.setdefault(session_id, asyncio.Lock())
        async with lock:
            agent = self._agents.get(session_id)
            if agent is not None and agent.ended:
                await asyncio.wait([self._tasks[session_id]])
                agent = None
            if agent is None:
                services = self._services
                record = await services.sessions.claim(
                    session_id, user_id=user_id, owner=services.owner, lease_s=services.settings.lease_s
                )
                agent = Agent(record, services, self.commands)
                await agent.restore()
                self._agents[session_id] = agent
                self._tasks[session_id] = asyncio.create_task(self._live(agent))
        if agent.user_id != user_id:
            raise NotYours("This session belongs to another user: use a session of your own.")
        return agent

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
        except Exception as error:
            cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            if getattr(cause, "fenced", False):
                log.warning("the session was taken over elsewhere", extra={"session_id": agent.session_id})
            else:
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
            self._tries[record.id] += 1
            try:
                await self.open(record.id, user_id=record.user_id)
                log.info("unfinished session taken up", extra={"session_id": record.id})
            except Exception as error:
                log.warning("unfinished session not taken up: %s", error, extra={"session_id": record.id})

    def _put_away_idle(self) -> None:
        limit_ms = self._services.now_ms() - self._settings.idle_s * 1000
        for agent in list(self._agents.values()):
            if agent.idle and agent.active_ms < limit_ms:
                log.info("session put away after idling", extra={"session_id": agent.session_id})
                agent.end()
