"""What may come between the two halves of a note: decisions, failures and takeovers, in virtual time."""

import asyncio
from typing import Any, ClassVar

import pytest

from agent.agent import Agent
from agent.events import Mode
from agent.notes import NoteBook
from inference.llm.contract import Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.contract import Samples, Transcript
from inference.stt.scripted import Reply, ScriptedStt
from inference.vad.contract import SpeechEnded, SpeechPaused
from inference.vad.scripted import ScriptedDetector
from tests.agent.memory_notes import MemoryNotes, Note
from tests.agent.twins import SECOND, MemorySessions, NoPoster, StoreDown, World
from tests.agent.virtual import run_virtually
from tests.flows.test_rejoin import CUT, FIRST, JOINED, SAID, SOON, WHOLE, note, speak, words, world_of

THIRD = SpeechEnded(48_000, 52_000, 56_800)
REST = "and the music is loud."


def texts(world: World) -> list[tuple[str, str]]:
    return [(kept.text, kept.status) for kept in world.notes.notes.values()]


async def begun(world: World, utterance: int) -> None:
    await world.hub.until_seen("speech_started", lambda began: began["utterance"] == utterance, times=1)


async def over(world: World, agent: Agent, samples: int) -> None:
    agent.stop(1, samples)
    await world.hub.until_seen(
        "state_changed", lambda shown: shown["microphone"] == "idle" and not shown["runs"], times=1
    )


CHAIN = words(f"{WHOLE} Much too loud.", 0.1, 0.2, 0.3, 0.4, 1.4, 1.5, 1.6, 1.7, 1.8, 2.9, 3.0, 3.1)
LATER = "Much too loud."


class ByLength(ScriptedStt):
    """Says what so many samples of this speech hold."""

    spoken: ClassVar[dict[int, Reply]] = {
        11_136: CUT,
        16_736: REST,
        33_536: JOINED,
        53_536: CHAIN,
        10_336: LATER,
        13_536: LATER,
    }

    def _say(self, reply: Reply, samples: Samples) -> Transcript:
        return super()._say(self.spoken[len(samples)], samples)


def chain_of() -> World:
    said = {**SAID, LATER: note(LATER), CHAIN.text: note(CHAIN.text)}
    return World(stt=ByLength(), said=said, speech=[FIRST, SOON, THIRD])


async def left_in_the_pause() -> World:
    """A world whose process was closed when speech had just gone on after the first note."""
    world = world_of(CUT)
    agent, _ = await world.microphone(Mode.HANDS_FREE)
    await speak(agent, 0, 26_000)
    await begun(world, 2)
    await world.hub.until_seen("note_created", lambda _: True, times=1)
    await agent.save()
    await world.supervisor.close()
    return world


def test_three_stretches_are_one_note() -> None:
    async def main() -> None:
        world = chain_of()
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 5 * SECOND)
        await over(world, agent, 5 * SECOND)
        assert texts(world) == [(CHAIN.text, "ghost")]

    run_virtually(main())


@pytest.mark.parametrize("quick", [True, False])
def test_a_third_stretch_does_not_bring_back_the_words_of_a_note_that_was_kept(quick: bool) -> None:
    """``quick``: the second is a note of its own before the third begins."""

    async def main() -> None:
        world = chain_of()
        assert isinstance(world.stt, ScriptedStt)
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 30_000)
        created = (await world.hub.until("note_created"))["note"]
        await begun(world, 2)
        gate = world.stt.hold("s1")
        await world.supervisor.commands.keep(created["id"], user_id="u1")
        await speak(agent, 30_000, 40_000)
        await world.stt.finals_called(2)
        if quick:
            gate.set()
            await world.hub.until_seen("note_created", lambda _: True, times=2)
        await speak(agent, 40_000, 5 * SECOND)
        await begun(world, 3)
        gate.set()
        await over(world, agent, 5 * SECOND)
        assert texts(world) == [(CUT, "firmed"), (REST, "ghost"), (LATER, "ghost")]

    run_virtually(main())


def test_a_process_that_takes_over_in_the_pause_guesses_at_no_half() -> None:
    async def main() -> None:
        before = await left_in_the_pause()
        after = world_of(JOINED)
        after.restart(
            make_detector=lambda: ScriptedDetector([FIRST, SOON], [SpeechPaused(24_000, 32_000, 33_536)]),
        )
        after.share(before)
        agent, _ = await after.microphone(Mode.HANDS_FREE)
        await speak(agent, 24_000, 4 * SECOND)
        agent.stop(1, 4 * SECOND)
        await after.hub.until("note_updated")
        assert isinstance(after.stt, ScriptedStt)
        assert [call.samples for call in after.stt.final_calls] == [33_536], "both stretches"

    run_virtually(main())


def test_a_note_decided_on_after_a_takeover_takes_no_audio_of_the_rest_with_it() -> None:
    async def main() -> None:
        before = await left_in_the_pause()
        after = world_of(REST)
        after.share(before)
        agent, _ = await after.microphone(Mode.HANDS_FREE)
        await speak(agent, 24_000, 30_000)
        await begun(after, 2)
        (first,) = after.notes.notes.values()
        await after.supervisor.commands.keep(first.id, user_id="u1")
        await asyncio.sleep(1)
        await speak(agent, 30_000, 4 * SECOND)
        await over(after, agent, 4 * SECOND)
        assert texts(after) == [(CUT, "firmed"), (REST, "ghost")]

    run_virtually(main())


class Watched(MemoryNotes):
    """Remembers what was saved of the runs when a note was gone on with; may keep its answer back."""

    def __init__(self, sessions: MemorySessions) -> None:
        super().__init__()
        self._sessions = sessions
        self.saved: list[dict[int, str]] = []
        self.committed, self.answer = asyncio.Event(), asyncio.Event()
        self.answer.set()

    async def extend(self, note_id: str, **change: Any) -> Note | None:
        runs = self._sessions.rows["s1"].state["session"]["runs"]
        self.saved.append({run["utterance"]: run["state"] for run in runs})
        extended = await super().extend(note_id, **change)
        self.committed.set()
        await self.answer.wait()
        return extended


def watched_world(*finals: str | Transcript, **changes: Any) -> tuple[World, Watched]:
    world = world_of(*finals, **changes)
    world.notes = notes = Watched(world.sessions)
    world.restart(book=NoteBook(notes, world.hub, NoPoster()))
    return world, notes


def test_before_a_note_is_gone_on_with_a_saved_state_knows_of_it() -> None:
    """Else whoever takes over would make the note of the first half again."""

    async def main() -> None:
        world, notes = watched_world(CUT, JOINED)
        gate = asyncio.Event()
        world.restart(structurer=ScriptedStructurer(SAID, gate=gate))
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 4 * SECOND)
        await world.hub.until_seen("asr_final", lambda _: True, times=2)
        await agent.save()
        down = StoreDown("The disk is full.", retryable=True)
        world.sessions.failures = [down] * 3
        gate.set()
        await over(world, agent, 4 * SECOND)
        assert texts(world) == [(WHOLE, "ghost")]
        assert notes.saved == [{1: "confirming", 2: "structuring"}]

    run_virtually(main())


def test_a_note_scratched_while_it_is_gone_on_with_is_scratched() -> None:
    async def main() -> None:
        world, notes = watched_world(CUT, JOINED)
        notes.answer.clear()
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        created = (await world.hub.until("note_created"))["note"]
        await speak(agent, 20_000, 4 * SECOND)
        await notes.committed.wait()
        scratched = await world.supervisor.commands.scratch(created["id"], user_id="u1")
        notes.answer.set()
        await over(world, agent, 4 * SECOND)
        assert scratched.status == "cancelled"
        assert texts(world) == [(WHOLE, "cancelled")]

    run_virtually(main())


def test_whoever_takes_over_after_a_note_was_gone_on_with_does_not_read_it_again() -> None:
    async def main() -> None:
        before, notes = watched_world(CUT, JOINED)
        notes.answer.clear()
        agent, _ = await before.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 4 * SECOND)
        await notes.committed.wait()
        after = world_of(readings={REST: Reading(Intent.CANCEL, confidence=0.9)})  # a model has its moods
        after.share(before)
        agent, _ = await after.microphone(Mode.HANDS_FREE)
        await speak(agent, 32_000, 4 * SECOND)  # what is safe is known
        await over(after, agent, 4 * SECOND)
        assert texts(after) == [(WHOLE, "ghost")]
        assert after.hub.events("intent") == []

    run_virtually(main())


def test_a_note_that_was_kept_is_not_scratched_though_it_was_the_beginning_of_a_command() -> None:
    async def main() -> None:
        whole = words("Go back ten seconds", 0.1, 0.2, 1.4, 1.6)
        readings = {text: Reading(Intent.SEEK, confidence=0.9, seek_by_s=-10.0) for text in (whole.text, "ten seconds")}
        world = world_of("Go back", whole, readings={**readings, "Go back": note("Go back")})
        gate = asyncio.Event()
        structurer = ScriptedStructurer({**readings, "Go back": note("Go back")}, gate=gate)
        world.restart(structurer=structurer)
        gate.set()
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 30_000)
        created = (await world.hub.until("note_created"))["note"]
        gate.clear()
        await speak(agent, 30_000, 4 * SECOND)
        await world.hub.until_seen("asr_final", lambda _: True, times=2)
        await asyncio.sleep(1)
        assert structurer.calls[-1][0] == whole.text, "it is being read"
        await world.supervisor.commands.keep(created["id"], user_id="u1")
        gate.set()
        await over(world, agent, 4 * SECOND)
        assert texts(world) == [("Go back", "firmed")]

    run_virtually(main())


def guessing_world() -> tuple[World, ScriptedStructurer]:
    """The first half makes a note, the second is guessed at in its pause."""
    structurer = ScriptedStructurer(SAID)
    world = world_of(CUT, JOINED)
    inside = [SpeechPaused(24_000, 32_000, 33_536)]
    world.restart(structurer=structurer, make_detector=lambda: ScriptedDetector([FIRST, SOON], inside))
    return world, structurer


def test_a_note_that_goes_on_is_read_once_and_ahead() -> None:
    async def main() -> None:
        world, structurer = guessing_world()
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        await world.hub.until("note_created")
        await speak(agent, 20_000, 4 * SECOND)
        await over(world, agent, 4 * SECOND)
        assert texts(world) == [(WHOLE, "ghost")]
        assert [said for said, _ in structurer.calls] == [CUT, WHOLE]

    run_virtually(main())


def test_esc_in_the_pause_leaves_nothing_prepared() -> None:
    async def main() -> None:
        world, structurer = guessing_world()
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        await world.hub.until("note_created")
        await speak(agent, 20_000, 33_600)
        await asyncio.sleep(0.1)
        assert structurer.calls[-1][0] == WHOLE
        agent.cancel()
        assert agent._preparation._prepared == {}

    run_virtually(main())


def test_words_that_alone_are_no_note_are_part_of_the_note_that_follows() -> None:
    async def main() -> None:
        whole = words("I think the music is too loud.", 0.1, 0.2, 0.3, 1.4, 1.5, 1.6, 1.7)
        little = Reading(Intent.CREATE_NOTE, "", confidence=0.0, reason="That is too little.")
        world = world_of("I think the", whole, readings={"I think the": little, whole.text: note(whole.text)})
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        await world.hub.until("tool_result")
        await speak(agent, 20_000, 4 * SECOND)
        await over(world, agent, 4 * SECOND)
        (kept,) = world.notes.notes.values()
        assert (kept.text, kept.timestamp_s) == (whole.text, 10.1), "it begins where the person began"
        assert world.audio.chunks == []

    run_virtually(main())


def test_a_command_after_too_little_is_a_command() -> None:
    async def main() -> None:
        whole = words("Um, the play.", 0.1, 0.2, 1.4)
        little = Reading(Intent.CREATE_NOTE, "", confidence=0.0)
        play = Reading(Intent.PLAYBACK, confidence=0.9, playback="play")
        world = world_of("Um, the", whole, readings={"Um, the": little, "play.": play})
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        await world.hub.until("tool_result")
        await speak(agent, 20_000, 4 * SECOND)
        await over(world, agent, 4 * SECOND)
        assert texts(world) == []
        assert world.hub.events("tool_result")[-1]["tool"] == "playback"

    run_virtually(main())


def test_whoever_takes_over_after_too_little_still_has_it() -> None:
    async def main() -> None:
        whole = words("I think the music is too loud.", 0.1, 0.2, 0.3, 1.4, 1.5, 1.6, 1.7)
        little = Reading(Intent.CREATE_NOTE, "", confidence=0.0)
        before = world_of("I think the", readings={"I think the": little})
        agent, _ = await before.microphone(Mode.HANDS_FREE)
        await speak(agent, 0, 20_000)
        await before.hub.until("tool_result")
        await asyncio.sleep(1)
        await agent.save()
        await before.supervisor.close()
        after = world_of(whole, readings={whole.text: note(whole.text)})
        after.share(before)
        agent, _ = await after.microphone(Mode.HANDS_FREE)
        await speak(agent, 20_000, 4 * SECOND)
        await over(after, agent, 4 * SECOND)
        assert texts(after) == [(whole.text, "ghost")]

    run_virtually(main())
