"""Stored audio is let go as soon as its note is safe, or it turned out to be nothing; in virtual time."""

import asyncio
from dataclasses import replace

from agent.agent import Agent
from agent.events import Mode
from agent.services import AgentSettings
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, StoreDown, World
from tests.agent.virtual import run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
SAID = {"the cut is jarring": Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9)}


def push(agent: Agent, capture: int, start: int, end: int) -> None:
    for offset in range(start, end, 320):
        agent.hear(capture, offset, bytes(640))


def held_s(world: World) -> float:
    return sum(samples for _, _, samples, _ in world.audio.chunks) / SECOND


def test_a_press_leaves_nothing_once_its_note_is_safe_though_the_next_has_begun() -> None:
    async def main() -> None:
        stt = ScriptedStt(list(SAID))
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        gate = stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1, 3 * SECOND)
        await stt.finals_called(1)
        push(agent, 2, 0, 1_600)
        await asyncio.sleep(0.1)
        assert {capture for capture, *_ in world.audio.chunks} == {1, 2}
        gate.set()
        await world.hub.until("note_created")
        await asyncio.sleep(1)
        assert {capture for capture, *_ in world.audio.chunks} == {2}

    run_virtually(main())


def test_an_open_microphone_keeps_no_silence_and_nothing_after_it_is_off() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        for second in range(60):
            push(agent, 1, second * SECOND, (second + 1) * SECOND)
            await asyncio.sleep(1)
        assert held_s(world) <= 13
        agent.stop(1, 60 * SECOND)
        await asyncio.sleep(5)
        assert world.audio.chunks == []

    run_virtually(main())


def test_what_was_still_on_its_way_to_the_store_when_esc_was_pressed_goes_too() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        append = world.audio.append

        async def slow(*row: object) -> int:
            await asyncio.sleep(0.2)
            return await append(*row)  # type: ignore[arg-type]  # passes on what it gets

        world.audio.append = slow  # type: ignore[method-assign,assignment]  # the same store, slower
        agent, _ = await world.microphone()
        push(agent, 1, 0, 8_000)
        await asyncio.sleep(0.05)
        agent.cancel()
        await asyncio.sleep(5)
        assert world.audio.chunks == []

    run_virtually(main())


def test_the_audio_of_what_failed_stays() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        world.notes.failures = [StoreDown("disk full")]
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("agent_error")
        await asyncio.sleep(5)
        assert held_s(world) == 1.0

    run_virtually(main())


def test_the_audio_of_what_failed_stays_when_another_process_goes_on() -> None:
    async def main() -> None:
        world = World(stt=ScriptedStt(list(SAID)), structurer=ScriptedStructurer(SAID), speech=SPEECH)
        world.notes.failures = [StoreDown("disk full")]
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("agent_error")
        await world.supervisor.close()
        assert held_s(world) == 1
        after = World(stt=ScriptedStt(list(SAID)), structurer=ScriptedStructurer(SAID), speech=SPEECH)
        after.share(world)
        later, _ = await after.microphone()
        await after.press(later, 2)
        await after.hub.until("note_created")
        await after.supervisor.close()
        assert {capture for capture, *_ in after.audio.chunks} == {1}

    run_virtually(main())


def test_recordings_that_are_to_be_kept_are_kept() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH, settings=replace(AgentSettings(), keep_audio=True))
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(5)
        assert held_s(world) == 1.0

    run_virtually(main())


def test_an_agent_that_stops_at_once_leaves_nothing_of_what_is_safe() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await world.supervisor.close()
        assert world.audio.chunks == []

    run_virtually(main())


def test_audio_is_let_go_only_when_no_saved_state_speaks_of_it() -> None:
    async def main() -> None:
        stt = ScriptedStt(list(SAID) * 2)
        world = World(said=SAID, stt=stt, speech=SPEECH)
        go_on = stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await asyncio.sleep(1)
        world.sessions.failures = [StoreDown("The database is busy.", retryable=True)] * 20
        go_on.set()
        await world.hub.until("note_created")
        await asyncio.sleep(1)
        assert held_s(world) == 1, "whoever takes the session up now hears it again"
        world.sessions.failures = []
        await asyncio.sleep(5)
        await world.press(agent, 2)
        await asyncio.sleep(5)
        assert held_s(world) == 0

    run_virtually(main())
