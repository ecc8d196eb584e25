"""A whole session with twins all round it, in virtual time."""

import asyncio
from dataclasses import replace

import pytest

from agent.errors import NotNow, PostingUnavailable, SecondMicrophone
from agent.events import Mode
from agent.services import AgentSettings
from inference.errors import EngineFailed
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, Acks, StoreDown, World
from tests.agent.virtual import run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]


def note(text: str, **fields: object) -> Reading:
    return replace(Reading(Intent.CREATE_NOTE, text, Category.PACING, confidence=0.9), **fields)  # type: ignore[arg-type]  # any field, by name


CUT = note("The cut is jarring.")
MUSIC = note("The music is loud.")
SAID = {"the cut is jarring": CUT, "the music is loud": MUSIC}


async def settled(world: World, runs: int) -> None:
    """Until so many runs are over."""
    over = ("done", "failed")
    await world.hub.until_seen("state_changed", lambda shown: shown["run"] in over, times=runs)


def test_one_press_becomes_one_note_at_the_second_it_was_spoken() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, acks = await world.microphone()
        await world.press(agent, 1)
        created = (await world.hub.until("note_created"))["note"]
        assert (created["text"], created["category"], created["status"]) == ("The cut is jarring.", "pacing", "ghost")
        assert created["timestamp_s"] == 10.1  # joined at 10 s, spoke 0.1 s into the capture
        assert created["transcript"] == "the cut is jarring"
        assert acks.acked[-1] == (1, SECOND)
        await settled(world, 1)
        assert [note.status for note in world.notes.notes.values()] == ["ghost"]
        assert world.audio.chunks == [], "audio is let go once its note is safe"
        topics = [topic for topic, event, _ in world.hub.published if event == "note_created"]
        assert topics == ["video:v1", "session:s1", "user:u1"]

    run_virtually(main())


def test_events_come_in_the_order_of_the_story() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await settled(world, 1)
        story = [event for topic, event, _ in world.hub.published if topic == "session:s1" and event != "state_changed"]
        assert story == ["speech_started", "speech_ended", "asr_final", "intent", "note_created"]

    run_virtually(main())


def test_scratch_that_takes_back_the_note_before_it() -> None:
    async def main() -> None:
        world = World(said={**SAID, "scratch that": Reading(Intent.CANCEL, confidence=0.9)}, speech=SPEECH)
        agent, _ = await world.microphone()
        for capture in (1, 2, 3):
            await world.press(agent, capture)
        await world.hub.until("note_cancelled")
        await settled(world, 3)
        assert [note.status for note in world.notes.notes.values()] == ["ghost", "cancelled"]
        assert len(world.notes.notes) == 2, "a command is never a note"

    run_virtually(main())


def test_keep_it_firms_and_post_it_says_that_posting_is_not_set_up() -> None:
    async def main() -> None:
        commands = {
            "keep it": Reading(Intent.CONFIRM, confidence=0.9),
            "post it": Reading(Intent.CONFIRM, confidence=0.9, post=True),
        }
        said = {"the cut is jarring": CUT, "keep it": commands["keep it"], "the music is loud": MUSIC}
        world = World(said={**said, "post it": commands["post it"]}, speech=SPEECH)
        agent, _ = await world.microphone()
        for capture in (1, 2, 3, 4):
            await world.press(agent, capture)
        refused = await world.hub.until("tool_result", lambda result: result["tool"] == "post")
        assert refused["ok"] is False
        assert refused["reason"] == "posting_unavailable"
        await settled(world, 4)
        assert [note.status for note in world.notes.notes.values()] == ["firmed", "firmed"]

    run_virtually(main())


def test_an_edit_changes_the_last_note_and_ends_its_confirming() -> None:
    async def main() -> None:
        edit = Reading(Intent.EDIT_LAST, "The cut is too early.", Category.PACING, confidence=0.9)
        world = World(said={"the cut is jarring": CUT, "make that too early": edit}, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.press(agent, 2)
        updated = (await world.hub.until("note_updated"))["note"]
        assert (updated["text"], updated["status"], updated["revision"]) == ("The cut is too early.", "firmed", 2)
        await settled(world, 2)
        assert world.notes.marks == [("s1", 1, 2)]

    run_virtually(main())


def test_a_command_without_a_note_before_it_says_so() -> None:
    async def main() -> None:
        world = World(said={"scratch that": Reading(Intent.CANCEL, confidence=0.9)}, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        result = await world.hub.until("tool_result")
        assert result["reason"] == "There is no note yet that could be taken back."
        await settled(world, 1)

    run_virtually(main())


def test_the_player_is_asked_to_seek_and_to_pause() -> None:
    async def main() -> None:
        said = {
            "go back ten seconds": Reading(Intent.SEEK, confidence=0.9, seek_by_s=-10),
            "pause": Reading(Intent.PLAYBACK, confidence=0.9, playback="pause"),
            "how many notes": Reading(Intent.QUESTION, "No notes yet.", confidence=0.9),
        }
        world = World(said=said, speech=SPEECH)
        agent, _ = await world.microphone()
        for capture in (1, 2, 3):
            await world.press(agent, capture)
        answer = await world.hub.until("tool_result", lambda result: result["tool"] == "list")
        assert (answer["answer"], answer["notes"]) == ("No notes yet.", [])
        assert world.hub.events("player_command") == [
            {"utterance": 1, "action": "seek", "by_s": -10},
            {"utterance": 2, "action": "pause"},
        ]
        assert world.notes.notes == {}

    run_virtually(main())


def test_too_little_understood_is_no_note_and_says_why() -> None:
    async def main() -> None:
        said = {"um": note("", confidence=0.1, reason="That was only a filler word.")}
        world = World(said=said, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        assert (await world.hub.until("tool_result"))["reason"] == "That was only a filler word."
        await settled(world, 1)
        assert world.notes.notes == {}

    run_virtually(main())


def test_silence_is_never_transcribed() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=[])
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        assert "No speech was heard" in (await world.hub.until("tool_result"))["reason"]
        assert isinstance(world.stt, ScriptedStt)
        assert world.stt.final_calls == []

    run_virtually(main())


def test_a_passing_failure_is_retried_and_the_note_comes() -> None:
    async def main() -> None:
        world = World(
            stt=ScriptedStt(finals=[EngineFailed("hiccup"), "the cut is jarring"]),
            speech=SPEECH,
            structurer=ScriptedStructurer(SAID),
        )
        world.notes.failures = [StoreDown("locked", retryable=True)]
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        states = [shown["run"] for shown in world.hub.events("state_changed") if shown["run"]]
        assert states.count("retrying") == 2

    run_virtually(main())


def test_a_lasting_failure_fails_the_run_keeps_the_audio_and_leaves_the_microphone_alone() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        world.notes.failures = [StoreDown("The database is read-only. Give this user the right to write.")]
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        error = await world.hub.until("agent_error")
        assert error["reason"] == "structuring_failed"
        assert "read-only" in error["message"]
        assert sum(samples for _, _, samples, _ in world.audio.chunks) == SECOND
        await world.press(agent, 2)
        await world.hub.until("note_created")
        assert world.hub.events("asr_final")[0]["text"] == "the cut is jarring", "what was said was told all the same"

    run_virtually(main())


def test_people_speak_on_and_intents_are_taken_in_order() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring", "scratch that"])
        said = {**SAID, "scratch that": Reading(Intent.CANCEL, confidence=0.9)}
        world = World(stt=stt, structurer=ScriptedStructurer(said), speech=SPEECH)
        gate = stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.press(agent, 2)
        await stt.finals_called(2)
        gate.set()
        await world.hub.until("note_cancelled")
        changes = [event for _, event, _ in world.hub.published if event in ("note_created", "note_cancelled")]
        assert changes[0] == "note_created"

    run_virtually(main())


def test_esc_takes_back_everything_unfinished() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        agent.cancel()
        await world.hub.until("note_cancelled")
        await settled(world, 1)
        assert [note.status for note in world.notes.notes.values()] == ["cancelled"]
        with pytest.raises(NotNow):
            agent.cancel()

    run_virtually(main())


def test_a_click_decides_the_note_that_is_being_confirmed() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        commands = world.supervisor.commands
        await world.press(agent, 1)
        first = (await world.hub.until("note_created"))["note"]["id"]
        assert (await commands.keep(first, user_id="u1")).status == "firmed"
        assert agent.snapshot()["runs"] == []
        await world.press(agent, 2)
        second = (await world.hub.until("note_created", lambda p: p["utterance"] == 2))["note"]["id"]
        with pytest.raises(PostingUnavailable):
            await commands.post(second, user_id="u1")
        assert world.notes.notes[second].status == "firmed"
        assert (await commands.scratch(second, user_id="u1")).status == "cancelled"

    run_virtually(main())


def test_a_second_microphone_is_refused_and_the_same_client_replaces_itself() -> None:
    async def main() -> None:
        world = World(said=SAID)
        agent, first = await world.microphone()
        with pytest.raises(SecondMicrophone, match="stop it there"):
            agent.attach("other", Acks(), mode=Mode.PTT, video_id="v1", playhead_s=None)
        again = Acks()
        agent.attach("c1", again, mode=Mode.PTT, video_id="v1", playhead_s=None)
        assert first.reasons == ["replaced by a newer connection of this client"]
        agent.detach(first)
        agent.hear(1, 0, bytes(640))
        await asyncio.sleep(0.1)
        assert again.acked == [(1, 320)]
        agent.detach(again)
        agent.attach("other", Acks(), mode=Mode.PTT, video_id="v1", playhead_s=None)

    run_virtually(main())


def test_a_capture_whose_connection_is_gone_counts_as_released() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, acks = await world.microphone()
        for offset in range(0, SECOND, 320):
            agent.hear(1, offset, bytes(640))
        agent.detach(acks)
        await world.hub.until("note_created")

    run_virtually(main())


def test_a_locked_store_delays_acks_and_loses_nothing() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        world.audio.failures = [StoreDown("locked", retryable=True)] * 3
        agent, acks = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(10)
        assert acks.acked[-1] == (1, SECOND)

    run_virtually(main())


def test_audio_that_cannot_be_stored_is_not_acknowledged_and_that_is_said_once() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        world.audio.failures = [StoreDown("The database is read-only.")] * 99
        agent, acks = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        assert acks.acked == []
        assert [error["reason"] for error in world.hub.events("agent_error")] == ["audio_not_stored"]

    run_virtually(main())


def test_a_cancelled_capture_leaves_no_audio_behind() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        for offset in range(0, SECOND, 320):
            agent.hear(1, offset, bytes(640))
        await asyncio.sleep(1)
        assert world.audio.chunks
        agent.cancel()
        await asyncio.sleep(1)
        assert world.audio.chunks == []

    run_virtually(main())


def test_pausing_hears_nothing_and_loses_no_sample() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH, settings=AgentSettings())
        agent, acks = await world.microphone()
        agent.hear(1, 0, bytes(640))
        await asyncio.sleep(0.1)
        agent.pause()
        with pytest.raises(NotNow):
            agent.pause()
        agent.hear(1, 320, b"\x11" * 640)
        await asyncio.sleep(0.1)
        agent.resume()
        assert acks.acked[-1] == (1, 640)
        assert agent.snapshot()["microphone"] == "listening"

    run_virtually(main())


def test_model_tokens_are_told_as_the_whole_text_so_far() -> None:
    async def main() -> None:
        structurer = ScriptedStructurer(SAID, deltas={"the cut is jarring": ["The cut", " is jarring."]})
        world = World(stt=ScriptedStt(finals=["the cut is jarring"]), structurer=structurer, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until_seen("model_delta", lambda delta: True, times=2)
        assert [delta["text"] for delta in world.hub.events("model_delta")] == ["The cut", "The cut is jarring."]

    run_virtually(main())


def test_a_settling_process_does_not_wait_for_an_agent_that_was_taken_over_from() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"])
        world = World(stt=stt, speech=SPEECH)
        stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await stt.finals_called(1)
        await asyncio.sleep(1)
        clock = asyncio.get_running_loop().time
        began_s = clock()
        settling = asyncio.create_task(world.supervisor.settle(3_600))
        await world.sessions.claim("s1", user_id="u1", owner="other", lease_s=1)
        agent.hear(2, 0, bytes(640))
        await settling
        assert clock() - began_s < 60, "virtual seconds: it ended with the agent"

    run_virtually(main())
