"""Agents that die, are taken over, or idle: what the supervisor does about it, in virtual time."""

import asyncio
from dataclasses import replace

import pytest

from agent.errors import NotYours, SessionEnded
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, World, run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
SAID = {
    "the cut is jarring": Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9),
    "the music is loud": Reading(Intent.CREATE_NOTE, "The music is loud.", Category.AUDIO, confidence=0.9),
}


def test_a_session_taken_up_after_a_crash_makes_the_note_from_stored_audio() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"] * 2)
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await stt.finals_called(1)
        await asyncio.sleep(1)  # a checkpoint later
        world.services = replace(world.services, stt=ScriptedStt(finals=["the cut is jarring"]))
        after = World(structurer=ScriptedStructurer(SAID), stt=world.services.stt, speech=SPEECH)
        after.sessions.rows, after.audio.chunks = world.sessions.rows, world.audio.chunks
        await after.microphone()
        created = await after.hub.until("note_created")
        assert created["note"]["transcript"] == "the cut is jarring"
        assert created["utterance"] == 1

    run_virtually(main())


def test_what_a_dead_process_left_is_taken_up_though_no_client_comes_back() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"])
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await stt.finals_called(1)
        await asyncio.sleep(1)  # a checkpoint later
        after = World(structurer=ScriptedStructurer(SAID), stt=ScriptedStt(["the cut is jarring"]), speech=SPEECH)
        after.sessions.rows, after.audio.chunks = world.sessions.rows, world.audio.chunks
        after.supervisor.start()
        created = await after.hub.until("note_created")
        assert created["note"]["transcript"] == "the cut is jarring"
        await after.hub.until("state_changed", lambda shown: shown["run"] == "done")
        await asyncio.sleep(1)
        assert [row.unfinished for row in after.sessions.rows.values()] == [False]

    run_virtually(main())


def test_a_capture_begun_after_the_state_was_saved_goes_on_after_a_crash() -> None:
    async def main() -> None:
        stt = ScriptedStt(["the cut is jarring", "the music is loud"])
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(1)
        saved = dict(world.sessions.rows["s1"].state)
        half = SECOND // 2
        for offset in range(0, half, 320):
            agent.hear(2, offset, bytes(640))
        await asyncio.sleep(1)
        world.sessions.rows["s1"].state = saved  # the process died before it could save again
        after = World(structurer=ScriptedStructurer(SAID), stt=ScriptedStt(["the music is loud"]), speech=SPEECH)
        after.sessions.rows, after.audio.chunks = world.sessions.rows, world.audio.chunks
        after.notes.notes = world.notes.notes
        later, _ = await after.microphone()
        await asyncio.sleep(1)
        for offset in range(half, SECOND, 320):
            later.hear(2, offset, bytes(640))
        later.stop(2, SECOND)
        created = await after.hub.until("note_created")
        assert (created["note"]["transcript"], created["utterance"]) == ("the music is loud", 2)

    run_virtually(main())


def test_an_agent_whose_session_was_taken_over_stops_and_writes_nothing() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, acks = await world.microphone()
        await world.sessions.claim("s1", user_id="u1", owner="other", lease_s=1)
        await world.press(agent, 1)
        ended = await world.hub.until("agent_error", lambda error: error["reason"] == "session_ended")
        assert "Join again" in ended["message"]
        assert acks.reasons == ["the session has stopped: join again"]
        with pytest.raises(SessionEnded):
            agent.hear(1, SECOND, bytes(640))
        assert world.supervisor.get("s1") is None

    run_virtually(main())


def test_a_session_belongs_to_its_first_user() -> None:
    async def main() -> None:
        world = World(said=SAID)
        await world.microphone()
        with pytest.raises(NotYours):
            await world.supervisor.open("s1", user_id="somebody else")

    run_virtually(main())


def test_idle_agents_are_put_away_and_saved() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        now = [0]
        world.supervisor._services = replace(world.services, now_ms=lambda: now[0])
        agent, acks = await world.microphone()
        world.supervisor.start()
        agent.detach(acks)
        now[0] = 3_600_000
        await asyncio.sleep(60)
        assert world.supervisor.get("s1") is None
        assert "session" in world.sessions.rows["s1"].state

    run_virtually(main())
