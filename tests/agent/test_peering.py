"""Two processes and one session: handed over, taken over, looked at and commanded from the other side."""

import asyncio
import json

import pytest

from agent.errors import AgentError, NoAnswer, NotNow, RefusedElsewhere
from agent.events import Mode
from agent.ports import Payload
from agent.supervisor import Supervisor
from inference.llm.contract import Category, Intent, Reading
from inference.vad.contract import Boundary, SpeechEnded
from inference.vad.scripted import ScriptedDetector
from tests.agent.twins import SECOND, SessionRow, World
from tests.agent.virtual import run_virtually

SPEECH = [SpeechEnded(1_600, 12_800, 14_400)]
SAID = {"the cut is jarring": Reading(Intent.CREATE_NOTE, "The cut is jarring.", Category.PACING, confidence=0.9)}


class Wire:
    """The way between two worlds, as Redis would be; ``cut`` lets nobody answer."""

    def __init__(self) -> None:
        self.supervisors: dict[str, Supervisor] = {}
        self.cut = False
        self.lost = False  # the answers are

    async def ask(self, node: str, question: Payload) -> Payload | None:
        if self.cut or node not in self.supervisors:
            return None
        try:
            answer = {"answer": await self.supervisors[node].answer(json.loads(json.dumps(question)))}
        except AgentError as error:
            answer = {"refused": {"reason": error.code, "message": str(error)}}
        if self.lost:
            raise NoAnswer
        return answer


def two_worlds() -> tuple[World, World, Wire]:
    """Two processes on the same tables."""
    wire = Wire()
    worlds = [World(said=SAID, speech=SPEECH) for _ in range(2)]
    worlds[1].share(worlds[0])
    for node, world in zip("ab", worlds, strict=True):
        world.restart(node=node, peers=wire)
        wire.supervisors[node] = world.supervisor
    return worlds[0], worlds[1], wire


def test_a_session_is_handed_over_to_the_process_that_its_client_moved_to() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        agent, acks = await one.microphone()
        for offset in range(0, SECOND // 2, 320):
            agent.hear(1, offset, bytes(640))
        await asyncio.sleep(1)  # until it is safe
        moved, _ = await two.microphone()
        assert acks.reasons == ["replaced by a newer connection of this client"]
        assert acks.sent_away == [True], "two connections of one client would take the session from each other for ever"
        assert one.supervisor.get("s1") is None
        assert "renewed" not in [event for _, event, _ in two.hub.published], "nothing was lost on the way"
        for offset in range(SECOND // 2, SECOND, 320):
            moved.hear(1, offset, bytes(640))
        moved.stop(1, SECOND)
        assert (await two.hub.until("note_created"))["utterance"] == 1

    run_virtually(main())


def test_a_session_in_which_another_client_records_is_not_handed_over() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        await one.microphone(client_id="c1")
        with pytest.raises(RefusedElsewhere) as refused:
            await two.supervisor.open("s1", user_id="u1", client_id="c2")
        assert refused.value.code == "second_microphone"
        assert one.supervisor.get("s1") is not None

    run_virtually(main())


def test_a_session_of_somebody_else_is_not_handed_over() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        agent, acks = await one.microphone()
        for client_id, holder in (("c1", "with"), (None, "without")):
            with pytest.raises(RefusedElsewhere) as refused:
                await two.supervisor.open("s1", user_id="u2", client_id=client_id)
            assert refused.value.code == "forbidden"
            assert one.supervisor.get("s1") is agent, f"{holder} a microphone"
            agent.detach(acks)
        assert acks.reasons == []

    run_virtually(main())


def test_whoever_takes_over_from_a_process_that_does_not_answer_renews_what_it_may_not_have_told() -> None:
    async def main() -> None:
        one, two, wire = two_worlds()
        agent, _ = await one.microphone()
        await one.press(agent, 1)
        await one.hub.until("note_created")
        await asyncio.sleep(1)
        wire.cut = True
        await two.microphone()
        renewed = {topic for topic, event, _ in two.hub.published if event == "renewed"}
        assert renewed == {"session:s1", "video:v1", "user:u1"}
        await one.press(agent, 2)
        await one.hub.until("renewed")
        assert one.supervisor.get("s1") is None, "its writes fail by the fence"

    run_virtually(main())


@pytest.mark.parametrize("again_in", ["the same process", "another"])
def test_whoever_goes_on_after_an_agent_died_renews_what_that_one_may_not_have_told(again_in: str) -> None:
    class Broken(ScriptedDetector):
        def feed(self, offset: int, pcm: bytes) -> list[Boundary]:
            raise ZeroDivisionError("a bug of ours")

    async def main() -> None:
        one, two, wire = two_worlds()
        sound = one.services.make_detector
        one.restart(make_detector=lambda: Broken([]))
        wire.supervisors["a"] = one.supervisor
        agent, _ = await one.microphone()
        agent.hear(1, 0, bytes(640))
        await one.hub.until("agent_error", lambda failure: failure["reason"] == "session_ended")
        await asyncio.sleep(0.1)
        one.restart(make_detector=sound)
        after = one if again_in == "the same process" else two
        await after.microphone()
        renewed = {topic for topic, event, _ in after.hub.published if event == "renewed"}
        assert renewed == {"session:s1", "video:v1", "user:u1"}

    run_virtually(main())


def test_only_one_process_takes_up_what_a_dead_one_left() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        row = one.sessions.rows.setdefault("s1", SessionRow("s1", "u1", unfinished=True, owner="dead"))
        one.supervisor.start()
        two.supervisor.start()
        await asyncio.sleep(1)
        assert [len(one.supervisor), len(two.supervisor)] in ([0, 1], [1, 0])
        assert row.fence == 1

    run_virtually(main())


def test_a_session_elsewhere_is_looked_at_and_commanded() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        agent, _ = await one.microphone(Mode.HANDS_FREE)
        agent.hear(1, 0, bytes(640))
        await asyncio.sleep(0.1)
        shown = await two.supervisor.snapshot("s1")
        assert shown == agent.snapshot()
        assert shown["microphone"] == "listening"
        await two.supervisor.command_elsewhere("s1", "cancel")
        assert agent.snapshot()["microphone"] == "idle"
        with pytest.raises(RefusedElsewhere) as refused:
            await two.supervisor.command_elsewhere("s1", "reset")
        assert refused.value.code == "not_now"
        with pytest.raises(NotNow):
            await two.supervisor.command_elsewhere("s2", "cancel")
        assert await two.supervisor.snapshot("s2") is None
        assert await one.supervisor.answer({"ask": "nonsense", "session_id": "s1"}) is None

    run_virtually(main())


@pytest.mark.parametrize("command, status", [("keep", "firmed"), ("scratch", "cancelled")])
def test_a_note_that_is_being_confirmed_elsewhere_is_decided_there(command: str, status: str) -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        agent, _ = await one.microphone()
        await one.press(agent, 1)
        note = (await one.hub.until("note_created"))["note"]
        changed = await getattr(two.supervisor.commands, command)(note["id"], user_id="u1")
        assert changed.status == status
        await one.hub.until("state_changed", lambda shown: shown["run"] == "done")
        assert agent.confirming(note["id"]) is None
        assert two.hub.events("note_updated") == [], "the other process did it"

    run_virtually(main())


def test_a_note_is_edited_and_deleted_where_its_session_lives() -> None:
    async def main() -> None:
        one, two, _ = two_worlds()
        agent, _ = await one.microphone()
        await one.press(agent, 1)
        note = (await one.hub.until("note_created"))["note"]
        edited = await two.supervisor.commands.edit(note["id"], user_id="u1", text="The cut jars.")
        assert (edited.text, edited.status) == ("The cut jars.", "firmed")
        assert (await one.hub.until("note_updated"))["note"]["text"] == "The cut jars."
        await two.supervisor.commands.delete(note["id"], user_id="u1")
        assert one.notes.notes == {}
        with pytest.raises(NotNow):
            await one.supervisor.answer(
                {"ask": "note", "session_id": "s1", "command": "burn", "arguments": {"note_id": "n", "user_id": "u1"}}
            )

    run_virtually(main())


def test_a_command_whose_answer_was_lost_is_not_carried_out_twice() -> None:
    async def main() -> None:
        one, two, wire = two_worlds()
        agent, _ = await one.microphone()
        await one.press(agent, 1)
        note = (await one.hub.until("note_created"))["note"]
        wire.lost = True
        with pytest.raises(NoAnswer):
            await two.supervisor.commands.edit(note["id"], user_id="u1", text="The cut jars.")
        assert one.notes.notes[note["id"]].revision == 2, "edited once"
        with pytest.raises(NoAnswer):
            await two.supervisor.command_elsewhere("s1", "cancel")
        assert await two.supervisor.snapshot("s1") is None, "as it was saved"
        await two.microphone()
        assert two.supervisor.get("s1"), "who does not answer is taken for dead"

    run_virtually(main())


def test_where_the_owner_is_gone_a_note_is_changed_here() -> None:
    async def main() -> None:
        one, two, wire = two_worlds()
        agent, _ = await one.microphone()
        await one.press(agent, 1)
        note = (await one.hub.until("note_created"))["note"]
        wire.cut = True
        assert (await two.supervisor.commands.keep(note["id"], user_id="u1")).status == "firmed"

    run_virtually(main())
