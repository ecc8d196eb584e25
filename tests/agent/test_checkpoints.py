"""agent/checkpoints.py"""

import asyncio
from typing import Any

import pytest

from agent.checkpoints import Checkpoints, State
from tests.agent.twins import MemorySessions, StoreDown


class Subject:
    def __init__(self) -> None:
        self.step, self.clock = 0, 0
        self.heard = asyncio.Event()
        self.heard.set()

    def state(self) -> State:
        return State({"step": self.step}, [self.step], True)

    def beside(self) -> tuple[dict[str, Any], dict[str, Any], object]:
        return {"clock": self.clock}, {"mode": "ptt"}, self.clock

    async def stored(self) -> None:
        await self.heard.wait()


async def scene() -> tuple[Subject, Checkpoints, MemorySessions]:
    sessions, subject = MemorySessions(), Subject()
    record = await sessions.claim("s1", user_id="u1", owner="n", lease_s=30)
    return subject, Checkpoints(subject, subject.stored, sessions, "s1", record.fence, {}, 0), sessions


def saved(sessions: MemorySessions) -> dict[str, Any]:
    return sessions.rows["s1"].state


async def test_a_state_is_saved_with_what_stands_beside_it_now() -> None:
    subject, checkpoints, sessions = await scene()
    subject.step = 3
    await checkpoints.save()
    assert saved(sessions) == {"step": 3, "clock": 0}
    subject.step, subject.clock = 4, 9
    await checkpoints.save_beside()
    assert saved(sessions) == {"step": 3, "clock": 9}
    assert checkpoints.clock == 9


async def test_a_state_waits_for_the_audio_it_speaks_of() -> None:
    subject, checkpoints, sessions = await scene()
    subject.heard.clear()
    saving = asyncio.create_task(checkpoints.save())
    await asyncio.sleep(0)
    assert saved(sessions) == {}
    subject.heard.set()
    await saving
    assert saved(sessions)["step"] == 0


async def test_an_utterance_is_secure_once_a_saved_state_knows_it() -> None:
    subject, checkpoints, sessions = await scene()
    subject.step = 1
    await checkpoints.secure(1)
    assert saved(sessions)["step"] == 1
    subject.clock = 5
    await checkpoints.secure(1)
    assert saved(sessions)["clock"] == 0, "nothing needs to be written for it again"


async def test_saving_goes_on_after_a_failure_and_stops_where_the_fence_is_lost() -> None:
    _, checkpoints, sessions = await scene()
    sessions.failures = [StoreDown("locked"), StoreDown("stale", fenced=True)]
    running = asyncio.create_task(checkpoints.run(0.0))
    checkpoints.soon()
    with pytest.raises(StoreDown, match="stale"):
        await running
