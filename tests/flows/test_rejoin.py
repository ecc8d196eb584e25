"""Speech that goes on after a pause goes on with its note: a whole session with twins all round it, in virtual time."""

from dataclasses import replace
from typing import Any

from agent.agent import Agent
from agent.events import Mode
from inference.llm.contract import Category, Intent, Reading
from inference.stt.contract import Transcript, Word
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import PUSH, SECOND, World
from tests.agent.virtual import run_virtually

FIRST, SOON, LATE = (
    SpeechEnded(1_600, 9_600, 14_400),
    SpeechEnded(24_000, 32_000, 36_800),
    SpeechEnded(48_000, 56_000, 60_800),
)
CUT = "The cut is jarring."
WHOLE = "The cut is jarring, and the music is loud."


def words(text: str, *starts_s: float) -> Transcript:
    said = tuple(Word(word, at, at + 0.2) for word, at in zip(text.split(), starts_s, strict=True))
    return Transcript(text, avg_logprob=-0.1, words=said)


JOINED = words(WHOLE, 0.1, 0.2, 0.3, 0.4, 1.4, 1.5, 1.6, 1.7, 1.8)


def note(text: str) -> Reading:
    return Reading(Intent.CREATE_NOTE, text, Category.PACING, confidence=0.9)


SAID = {text: note(text) for text in (CUT, WHOLE, "and the music is loud.")}


def world_of(
    *finals: str | Transcript, second: SpeechEnded = SOON, readings: dict[str, Reading] | None = None
) -> World:
    return World(stt=ScriptedStt(finals), said={**SAID, **(readings or {})}, speech=[FIRST, second])


async def speak(agent: Agent, start: int, end: int) -> None:
    for offset in range(start, end, len(PUSH) // 2):
        agent.hear(1, offset, PUSH[: 2 * (end - offset)])


async def said(world: World, samples: int = 4 * SECOND) -> tuple[Agent, list[dict[str, Any]]]:
    """The agent, and the events on notes of a session in which everything was said."""
    agent, _ = await world.microphone(Mode.HANDS_FREE)
    await speak(agent, 0, 20_000)
    await world.hub.until("note_created")
    await speak(agent, 20_000, samples)
    agent.stop(1, samples)
    await world.hub.until_seen(
        "state_changed", lambda shown: shown["microphone"] == "idle" and not shown["runs"], times=1
    )
    return agent, world.hub.events("note_created", "note_updated", "note_cancelled")


def test_a_pause_inside_a_note_makes_one_note_of_all_that_was_said() -> None:
    async def main() -> None:
        world = world_of(CUT, JOINED)
        _, events = await said(world)
        assert [(event["note"]["text"], event["note"]["revision"]) for event in events] == [(CUT, 1), (WHOLE, 2)]
        (kept,) = world.notes.notes.values()
        assert (kept.text, kept.transcript, kept.utterance, kept.status) == (WHOLE, WHOLE, 2, "ghost")
        assert kept.timestamp_s == 10.1, "it stays where the person began"
        assert world.hub.events("speech_started")[1]["joins"] == 1
        assert world.hub.events("asr_final")[1]["joins"] == 1
        assert world.audio.chunks == [], "nothing is kept once both are over"

    run_virtually(main())


def test_after_a_longer_pause_it_is_another_note() -> None:
    async def main() -> None:
        world = world_of(CUT, "and the music is loud.", second=LATE)
        _, events = await said(world, 5 * SECOND)
        assert [event["note"]["text"] for event in events] == [CUT, "and the music is loud."]

    run_virtually(main())


def test_a_command_after_a_short_pause_is_a_command_and_the_note_stays_as_it_was() -> None:
    async def main() -> None:
        whole = words("The cut is jarring. Scratch that.", 0.1, 0.2, 0.3, 0.4, 1.4, 1.6)
        world = world_of(CUT, whole, readings={"Scratch that.": Reading(Intent.CANCEL, confidence=0.9)})
        await said(world)
        (kept,) = world.notes.notes.values()
        assert (kept.text, kept.status) == (CUT, "cancelled")

    run_virtually(main())


def test_a_command_broken_by_a_pause_leaves_no_note_of_its_first_half() -> None:
    async def main() -> None:
        whole = words("Go back ten seconds", 0.1, 0.2, 1.4, 1.6)
        seek = Reading(Intent.SEEK, confidence=0.9, seek_by_s=-10.0)
        world = world_of("Go back", whole, readings={"Go back": note("Go back"), whole.text: seek})
        await said(world)
        assert [kept.status for kept in world.notes.notes.values()] == ["cancelled"]
        assert world.hub.events("tool_result")[-1]["tool"] == "seek"

    run_virtually(main())


def test_a_note_decided_on_meanwhile_is_not_touched_and_the_rest_is_a_note_of_its_own() -> None:
    async def main() -> None:
        world = world_of(CUT, "and the music is loud.")
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 30_000)
        created = (await world.hub.until("note_created"))["note"]
        await world.hub.until_seen("speech_started", lambda began: began["utterance"] == 2, times=1)
        await world.supervisor.commands.keep(created["id"], user_id="u1")
        await speak(agent, 30_000, 4 * SECOND)
        agent.stop(1, 4 * SECOND)
        await world.hub.until_seen("note_created", lambda _: True, times=2)
        assert [(kept.text, kept.status) for kept in world.notes.notes.values()] == [
            (CUT, "firmed"),
            ("and the music is loud.", "ghost"),
        ]

    run_virtually(main())


def test_an_engine_that_can_not_tell_where_its_words_were_is_asked_for_the_rest_alone() -> None:
    async def main() -> None:
        world = world_of(CUT, WHOLE, "and the music is loud.")
        _, events = await said(world)
        assert [event["note"]["text"] for event in events] == [CUT, WHOLE]
        assert isinstance(world.stt, ScriptedStt)
        first, whole, rest = [call.samples for call in world.stt.final_calls]
        assert whole > rest
        assert first < whole

    run_virtually(main())


def test_a_process_that_takes_over_in_the_pause_goes_on_with_the_note() -> None:
    async def main() -> None:
        before = world_of(CUT)
        agent, _ = await before.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 26_000)
        await before.hub.until_seen("speech_started", lambda began: began["utterance"] == 2, times=1)
        await agent.save()
        await before.supervisor.close()
        after = world_of(JOINED)
        after.share(before)
        agent, _ = await after.microphone(Mode.HANDS_FREE)
        await speak(agent, 24_000, 4 * SECOND)  # what is known already counts once
        agent.stop(1, 4 * SECOND)
        updated = await after.hub.until("note_updated")
        assert (updated["note"]["text"], updated["note"]["utterance"]) == (WHOLE, 2)
        assert len(after.notes.notes) == 1

    run_virtually(main())


def test_esc_after_the_pause_takes_back_the_whole_note() -> None:
    async def main() -> None:
        world = world_of(CUT, JOINED)
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 40_000)
        await world.hub.until("note_updated")
        agent.cancel()
        await world.hub.until("note_cancelled")
        assert [kept.status for kept in world.notes.notes.values()] == ["cancelled"]

    run_virtually(main())


def test_auto_post_waits_for_the_whole() -> None:
    async def main() -> None:
        world = world_of(CUT, JOINED)
        settings = replace(world.services.settings, auto_post=True)
        world.restart(settings=settings)
        _, events = await said(world)
        assert [event["utterance"] for event in world.hub.events("tool_start")] == [2]
        assert events[-1]["note"]["text"] == WHOLE

    run_virtually(main())
