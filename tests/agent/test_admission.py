"""Who is asked to come later while the engine is full, and who never is."""

import pytest

from agent.errors import Busy
from agent.services import AgentSettings
from inference.llm.contract import Category, Intent, Reading
from inference.stt.contract import Load
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, World
from tests.agent.virtual import run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
SAID = {"the cut is jarring": Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9)}
FULL = Load(waiting=20, wait_s=4.4, full=True)


def crowded() -> tuple[World, ScriptedStt]:
    stt = ScriptedStt(list(SAID))
    return World(said=SAID, speech=SPEECH, stt=stt, settings=AgentSettings(confirm_s=5)), stt


@pytest.mark.parametrize(
    ("load", "words", "retry_after_ms"),
    [
        (FULL, r"about 4 s behind\). Try again in a moment", 4_400),
        (Load(waiting=2, wait_s=0.2, full=True), "about 1 s behind", 1_000),
        (Load(waiting=900, wait_s=300.0, full=True), "about 300 s behind", 30_000),
    ],
)
def test_a_session_with_nothing_under_way_is_asked_to_come_later(load: Load, words: str, retry_after_ms: int) -> None:
    async def main() -> None:
        world, stt = crowded()
        stt.load = load
        with pytest.raises(Busy, match=words) as busy:
            await world.supervisor.admit("s1")
        assert busy.value.more == {"retry_after_ms": retry_after_ms}
        stt.load = Load(waiting=20, wait_s=4.0)
        await world.supervisor.admit("s1")

    run_virtually(main())


def test_who_is_in_stays_in_until_all_is_said_and_done() -> None:
    async def main() -> None:
        world, stt = crowded()
        agent, acks = await world.microphone()
        stt.load = FULL
        await world.supervisor.admit("s1")  # its own connection is half open
        agent.hear(1, 0, bytes(SECOND))
        agent.detach(acks)
        await world.hub.until("state_changed", lambda shown: shown["microphone"] == "listening")
        await world.supervisor.admit("s1")  # it was cut off in the middle of speech
        agent.stop(1, SECOND // 2)
        await world.hub.until("note_created")
        await world.supervisor.admit("s1")  # its note waits to be confirmed
        await world.hub.until("state_changed", lambda shown: shown["run"] == "done")
        await agent.save()
        with pytest.raises(Busy):
            await world.supervisor.admit("s1")
        with pytest.raises(Busy):
            await world.supervisor.admit("s2")

    run_virtually(main())


def test_who_was_in_before_a_restart_is_in() -> None:
    async def main() -> None:
        world, stt = crowded()
        agent, _ = await world.microphone()
        agent.hear(1, 0, bytes(SECOND))
        await world.hub.until("state_changed", lambda shown: shown["microphone"] == "listening")
        await world.supervisor.close()
        world.restart()
        stt.load = FULL
        await world.supervisor.admit("s1")

    run_virtually(main())
