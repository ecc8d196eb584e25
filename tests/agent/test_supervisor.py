"""Agents that die, are taken over, or idle: what the supervisor does about it, in virtual time."""

import asyncio
from dataclasses import replace

import pytest

from agent.errors import NotYours, SessionEnded
from agent.events import Mode
from inference.llm.contract import Category, Intent, Reading
from inference.llm.scripted import ScriptedStructurer
from inference.stt.scripted import ScriptedStt
from inference.vad.contract import SpeechEnded
from tests.agent.twins import SECOND, Acks, SessionRow, StoreDown, World
from tests.agent.virtual import run_virtually

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


@pytest.mark.parametrize("mode", Mode)
def test_a_crash_at_the_first_ack_costs_the_note_neither_its_second_nor_its_end(mode: Mode) -> None:
    """The client does not say again where the player stood, and how it records, when audio that is safe was spoken."""

    async def main() -> None:
        world = World(speech=SPEECH)
        after = World(structurer=ScriptedStructurer(SAID), stt=ScriptedStt(["the music is loud"]), speech=SPEECH)
        half, died = SECOND // 2, asyncio.Event()

        class Last(Acks):
            def ack(self, capture: int, samples: int) -> None:
                if not died.is_set() and samples >= half:
                    after.sessions.rows = {name: replace(row) for name, row in world.sessions.rows.items()}
                    after.audio.chunks = list(world.audio.chunks)
                    died.set()

        agent = await world.supervisor.open("s1", user_id="u1")
        agent.attach("c1", Last(), mode=mode, video_id="v1", playhead_s=None)
        agent.anchor(1, 0, 1_000_000.0)
        agent.clock(1_000_000.0, 50.0, 1.0, False)
        agent.hear(1, 0, bytes(2 * half))
        await died.wait()
        later = await after.supervisor.open("s1", user_id="u1")
        later.attach("c1", Acks(), mode=mode, video_id="v1", playhead_s=None)
        later.hear(1, half, bytes(2 * half))
        if mode is Mode.PTT:
            later.stop(1, SECOND)
        async with asyncio.timeout(20):  # virtual seconds
            created = await after.hub.until("note_created")
        assert created["note"]["timestamp_s"] == 50.1

    run_virtually(main())


def test_an_agent_whose_session_was_taken_over_stops_and_writes_nothing() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, acks = await world.microphone()
        await world.sessions.claim("s1", user_id="u1", owner="other", lease_s=1)
        await world.press(agent, 1)
        await world.hub.until("renewed")
        assert world.hub.events("agent_error") == [], "it goes on elsewhere"
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


def heir(world: World, *finals: str) -> World:
    """A new process over the same store."""
    after = World(structurer=ScriptedStructurer(SAID), stt=ScriptedStt(list(finals)), speech=SPEECH)
    after.sessions.rows, after.audio.chunks = world.sessions.rows, world.audio.chunks
    after.notes.notes = world.notes.notes
    return after


@pytest.mark.parametrize("saved", ["never", "while the key was held"])
@pytest.mark.parametrize("goes_on", [False, True])
def test_what_was_said_since_the_state_was_saved_is_heard_again_under_its_own_number(saved: str, goes_on: bool) -> None:
    """The note of the first press is there; it must not become a second one, nor may the words after it be lost."""

    async def main() -> None:
        world = World(stt=ScriptedStt(["the cut is jarring"]), structurer=ScriptedStructurer(SAID), speech=SPEECH)
        agent, _ = await world.microphone()
        agent.hear(1, 0, bytes(SECOND))
        await asyncio.sleep(0.1)
        state = dict(world.sessions.rows["s1"].state) if saved != "never" else {}
        audio = list(world.audio.chunks)
        agent.hear(1, SECOND // 2, bytes(SECOND))
        agent.stop(1, SECOND)
        await world.hub.until("note_created")
        await asyncio.sleep(0.1)
        world.audio.chunks = [
            *audio,
            (1, SECOND // 2, SECOND // 2, bytes(SECOND)),
        ]  # let go of after the state is saved
        if goes_on:
            agent.hear(2, 0, bytes(SECOND))
            await asyncio.sleep(0.1)
        world.sessions.rows["s1"].state = state  # the process died before it could save again
        after = heir(world, "the cut is jarring", "the music is loud")
        later, _ = await after.microphone()
        if goes_on:
            later.hear(2, SECOND // 2, bytes(SECOND))
            later.stop(2, SECOND)
            await after.hub.until("note_created", lambda payload: payload["utterance"] == 2)
        else:
            later.stop(1, SECOND)
            await after.hub.until("note_created")
        notes = [(note.utterance, note.transcript) for note in after.notes.notes.values()]
        assert notes == [(1, "the cut is jarring"), (2, "the music is loud")][: 1 + goes_on]

    run_virtually(main())


def test_a_pause_outlives_the_process() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        agent.hear(1, 0, bytes(640))
        agent.pause()
        await asyncio.sleep(0.1)
        after = heir(world, "the music is loud")
        later, _ = await after.microphone(Mode.HANDS_FREE)
        later.hear(1, 320, bytes(2 * SECOND))
        await asyncio.sleep(0.1)
        assert later.snapshot()["microphone"] == "paused"
        assert [pcm for _, start, _, pcm in world.audio.chunks if start >= 320] == [None], "nobody's business"
        later.resume()

    run_virtually(main())


def test_who_comes_back_is_told_where_the_captures_stand() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(5)
        after = heir(world, "the music is loud")
        later = await after.supervisor.open("s1", user_id="u1")
        capture, samples = later.attach("c2", Acks(), mode=Mode.HANDS_FREE, video_id="v1", playhead_s=None)
        assert (capture, samples) == (1, SECOND)
        later.hear(capture + 1, 0, bytes(640))
        await asyncio.sleep(0.1)
        assert later.snapshot()["mode"] == "hands-free", "the mode asked for now, not the one of last time"

    run_virtually(main())


def test_a_client_that_goes_on_with_its_capture_after_a_restart_is_not_cut_off() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=[])
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        agent.hear(1, 0, bytes(2 * SECOND))
        await asyncio.sleep(1)
        after = heir(world)
        later, _ = await after.microphone(Mode.HANDS_FREE)
        for second in range(1, 60):
            later.hear(1, second * SECOND, bytes(2 * SECOND))
            await asyncio.sleep(1)
        assert later.snapshot()["microphone"] == "listening"

    run_virtually(main())


def test_a_stop_in_good_order_saves_no_state_ahead_of_its_audio() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"] * 2)
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        append = world.audio.append

        async def slow(*row: object) -> int:
            await asyncio.sleep(0.5)
            return await append(*row)  # type: ignore[arg-type]  # passes on what it gets

        world.audio.append = slow  # type: ignore[method-assign,assignment]  # the same store, slower
        stt.hold("s1")
        agent, _ = await world.microphone()
        for offset in range(0, SECOND, 320):
            agent.hear(1, offset, bytes(640))
            await asyncio.sleep(0.02)
        agent.stop(1, SECOND)
        await stt.finals_called(1)
        await world.supervisor.close()
        after = heir(world, "the cut is jarring")
        after.supervisor.start()
        assert (await after.hub.until("note_created"))["note"]["transcript"] == "the cut is jarring"

    run_virtually(main())


def test_a_note_made_after_a_restart_stands_where_it_was_spoken_and_on_its_video() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"])
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        stt.hold("s1")
        agent, _ = await world.microphone()
        agent.anchor(1, 0, 1_000_000.0)
        agent.clock(1_000_000.0, 600.0, 1.0, False)
        await world.press(agent, 1)
        await stt.finals_called(1)
        agent.video_id = "v2"
        await asyncio.sleep(1)
        after = heir(world, "the cut is jarring")
        after.supervisor.start()
        note = (await after.hub.until("note_created"))["note"]
        assert (note["timestamp_s"], note["video_id"]) == (600.1, "v1")

    run_virtually(main())


def test_a_state_that_can_not_be_read_loses_no_number_and_no_word() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=SPEECH)
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await world.hub.until("note_created")
        await asyncio.sleep(5)
        row = world.sessions.rows["s1"]
        row.state, row.applied_utterance = {"session": {"mic": "of another version"}}, 1
        after = heir(world, "the music is loud")
        later, _ = await after.microphone()
        await after.press(later, 2)
        created = await after.hub.until("note_created")
        assert created["note"]["text"] == "The music is loud."
        assert created["utterance"] > 1, "the number of a note that is there already would hide this one"

    run_virtually(main())


def test_a_session_that_can_not_be_taken_up_refuses_its_client_and_hides_no_other() -> None:
    async def main() -> None:
        stt = ScriptedStt(finals=["the cut is jarring"] * 2)
        world = World(stt=stt, structurer=ScriptedStructurer(SAID), speech=SPEECH)
        stt.hold("s1")
        agent, _ = await world.microphone()
        await world.press(agent, 1)
        await stt.finals_called(1)
        await asyncio.sleep(1)
        after = heir(world, "the cut is jarring")
        after.sessions.rows = {"broken": SessionRow("broken", "u1", unfinished=True), **after.sessions.rows}
        held = after.audio.held

        async def damaged(session_id: str) -> dict[int, tuple[int, int]]:
            if session_id == "broken":
                raise StoreDown("damaged")
            return await held(session_id)

        after.audio.held = damaged  # type: ignore[method-assign]  # one session's rows are damaged
        with pytest.raises(StoreDown):
            await after.supervisor.open("broken", user_id="u1")
        after.supervisor.start()
        await after.hub.until("note_created")
        await asyncio.sleep(3_600)
        assert after.sessions.rows["broken"].fence <= 5, "it is not tried for ever"

    run_virtually(main())


def test_an_open_capture_of_which_nothing_is_left_is_released_all_the_same() -> None:
    async def main() -> None:
        world = World(said=SAID, speech=[])
        agent, _ = await world.microphone(Mode.HANDS_FREE)
        agent.hear(1, 0, bytes(2 * SECOND))
        await asyncio.sleep(1)
        after = heir(world)
        after.audio.chunks = []
        later = await after.supervisor.open("s1", user_id="u1")
        await asyncio.sleep(120)
        assert (later.snapshot()["microphone"], later.idle) == ("idle", True)

    run_virtually(main())


def test_a_session_is_taken_up_as_often_as_it_is_left_however_long_the_store_was_away() -> None:
    async def main() -> None:
        world = World(stt=ScriptedStt(), structurer=ScriptedStructurer({}), speech=[])
        held = world.audio.held
        trouble = [StoreDown("locked", retryable=True)] * 10

        async def busy(session_id: str) -> dict[int, tuple[int, int]]:
            if trouble:
                raise trouble.pop()
            return await held(session_id)

        world.audio.held = busy  # type: ignore[method-assign]  # the same store, in trouble
        world.supervisor.start()
        for _ in range(5):  # each time another process died in the middle
            row = world.sessions.rows["s1"] = SessionRow("s1", "u1", unfinished=True, owner="dead")
            await asyncio.sleep(600)
            agent = world.supervisor.get("s1")
            assert agent, "taken up"
            agent.end()
            await asyncio.sleep(1)
            assert (row.unfinished, row.owner) == (False, None)

    run_virtually(main())
