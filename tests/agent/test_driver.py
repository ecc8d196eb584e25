"""Effects under trouble: what must be tried again, what must not wait, and who has to be answered."""

import asyncio
from dataclasses import replace

import pytest

from agent.agent import Agent
from agent.errors import NotNow
from agent.events import KeepAsked
from agent.services import AgentSettings
from inference.errors import EngineBusy
from inference.llm.contract import Category, Intent, Reading
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, StoreDown, World
from tests.agent.virtual import run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
SAID = {
    "the cut is jarring": Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9),
    "the music is loud": Reading(Intent.CREATE_NOTE, "The music is loud.", Category.AUDIO, confidence=0.9),
}


async def confirming(world: World) -> tuple[Agent, str]:
    """Press once; the agent, and the note that waits to be decided on."""
    agent, _ = await world.microphone()
    await world.press(agent, 1)
    note = (await world.hub.until("note_created"))["note"]["id"]
    await world.hub.until("state_changed", lambda shown: shown["run"] == "confirming")
    return agent, note


def locked(times: int) -> list[Exception]:
    return [StoreDown("locked", retryable=True) for _ in range(times)]


def test_taking_back_is_tried_again_and_holds_up_nobody() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        world.notes.failures = locked(2)
        agent.cancel()
        await world.hub.until("note_cancelled")
        await world.press(agent, 2)
        await world.hub.until("note_created", lambda payload: payload["utterance"] == 2)

    run_virtually(main())


def test_taking_back_that_can_not_be_done_fails_the_run_and_answers_who_asked() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, note = await confirming(world)
        world.notes.failures = locked(9)
        with pytest.raises(StoreDown):
            await world.supervisor.commands.scratch(note, user_id="u1")
        world.notes.failures = []
        assert (await world.hub.until("agent_error"))["reason"] == "cancelling_failed"
        await world.press(agent, 2)
        await world.hub.until("note_created", lambda payload: payload["utterance"] == 2)

    run_virtually(main())


def test_keeping_is_tried_again_too() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        _, note = await confirming(world)
        world.notes.failures = locked(2)
        assert (await world.supervisor.commands.keep(note, user_id="u1")).status == "firmed"

    run_virtually(main())


def test_a_decision_that_hangs_is_given_up_and_answered() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        _, note = await confirming(world)

        async def hang(*_: object, **__: object) -> object:
            return await asyncio.Event().wait()

        world.notes.keep = hang  # type: ignore[method-assign,assignment]  # a store that never answers
        with pytest.raises(TimeoutError):
            await world.supervisor.commands.keep(note, user_id="u1")

    run_virtually(main())


BUSY = EngineBusy("32 utterances wait for transcription already. Try again in a moment.")


def test_a_full_engine_costs_time_and_no_attempt() -> None:
    async def main() -> None:
        stt = ScriptedStt([*[BUSY] * 1_000, "the cut is jarring"])
        world = World(said=SAID, speech=SPEECH, stt=stt)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("state_changed", lambda shown: shown["run"] == "transcribing")
        await asyncio.sleep(3 * AgentSettings().step_deadline_s)
        assert agent.snapshot()["runs"] == [{"utterance": 1, "state": "transcribing"}]
        assert (await world.hub.until("note_created"))["note"]["text"] == "The cut is jarring."
        states = [shown["run"] for shown in world.hub.events("state_changed")]
        assert "retrying" not in states
        assert world.hub.events("agent_error") == []

    run_virtually(main())


def test_what_waits_for_room_can_be_cancelled() -> None:
    async def main() -> None:
        stt = ScriptedStt([BUSY] * 3, otherwise="the music is loud")
        world = World(said=SAID, speech=SPEECH, stt=stt)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await stt.finals_called(1)
        agent.cancel()
        await world.hub.until("state_changed", lambda shown: shown["run"] == "done")
        await asyncio.sleep(10)
        assert len(stt.final_calls) == 1, "nobody asks any more"

    run_virtually(main())


def test_words_that_wait_for_room_outlive_the_process() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH, stt=ScriptedStt(otherwise=BUSY))
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("state_changed", lambda shown: shown["run"] == "transcribing")
        await world.supervisor.close()
        world.restart(stt=ScriptedStt(["the cut is jarring"]))
        await world.microphone()
        assert (await world.hub.until("note_created"))["note"]["text"] == "The cut is jarring."

    run_virtually(main())


def test_one_decision_at_a_time() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await confirming(world)
        first = asyncio.create_task(agent.decide(KeepAsked(1)))
        await asyncio.sleep(0)
        with pytest.raises(NotNow):
            await agent.decide(KeepAsked(1))
        assert (await first).status == "firmed"

    run_virtually(main())


def test_a_store_that_is_slow_to_delete_does_not_let_a_timer_run_while_somebody_speaks() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH, settings=replace(AgentSettings(), auto_post=True))

        async def slow(*_: object) -> None:
            await asyncio.sleep(5)

        world.audio.discard = slow  # type: ignore[method-assign,assignment]  # the same store, slower
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(2)
        for offset in range(0, SECOND // 2, 320):
            agent.hear(2, offset, bytes(640))
        await asyncio.sleep(4)
        assert agent.snapshot()["runs"] == [{"utterance": 1, "state": "confirming"}]
        assert world.hub.events("tool_start") == []

    run_virtually(main())


class Choice:
    """What the one user has chosen about posting by itself."""

    def __init__(self, chosen: bool | None) -> None:
        self.chosen = chosen

    async def auto_post(self, user_id: str) -> bool | None:
        return self.chosen


@pytest.mark.parametrize(
    "drafted, due, posts",
    [(True, True, True), (True, False, False), (False, True, False), (None, None, True), (None, False, False)],
)
def test_it_posts_by_itself_what_may_be_when_it_is_drafted_and_when_its_time_is_over(
    drafted: bool | None, due: bool | None, posts: bool
) -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH, settings=replace(AgentSettings(), auto_post=True))
        choice = Choice(drafted)
        world.restart(preferences=choice)
        _, note = await confirming(world)
        choice.chosen = due
        await world.hub.until("state_changed", lambda shown: shown["run"] == "done")
        asked = [{"note_id": note, "consent": "auto"}] if posts else []
        assert [started["arguments"] for started in world.hub.events("tool_start")] == asked

    run_virtually(main())


def test_esc_right_behind_the_first_samples_cancels_them() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        agent.hear(1, 0, bytes(6_400))
        agent.cancel()
        assert agent.snapshot()["microphone"] == "idle"

    run_virtually(main())
