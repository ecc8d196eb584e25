"""Durable and ephemeral events in the order in which they came."""

import asyncio

from agent.announcer import WAITING, Announcer
from tests.agent.twins import RecordingHub
from tests.agent.virtual import run_virtually


def test_what_was_murmured_before_is_heard_before() -> None:
    async def main() -> None:
        hub = RecordingHub()
        announcer = Announcer(hub, "session:s1")
        announcer.murmur("model_delta", {"text": "a"})
        announcer.murmur("model_delta", {"text": "ab"})
        await announcer.announce("intent", {})
        assert [event for _, event, _ in hub.published] == ["model_delta", "model_delta", "intent"]

    run_virtually(main())


def test_murmurs_are_published_by_themselves_and_dropped_where_too_many_wait() -> None:
    async def main() -> None:
        hub = RecordingHub()
        announcer = Announcer(hub, "session:s1")
        for number in range(WAITING + 10):
            announcer.murmur("asr_partial", {"n": number})
        running = asyncio.create_task(announcer.run())
        await hub.until_seen("asr_partial", lambda payload: True, times=WAITING)
        running.cancel()
        assert [payload["n"] for payload in hub.events("asr_partial")] == list(range(WAITING))

    run_virtually(main())
