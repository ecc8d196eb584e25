"""Several server processes, one PostgreSQL, one Redis: which process a client is connected to makes no difference."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from channels.client import Client, PushRefused
from channels.client.errors import ConnectFailed
from tests.channels.redis_server import eventually
from tests.chaos.faults import Plan
from tests.chaos.proxy import Proxy
from tests.chaos.sessions import Follower
from tests.flows.fleet import (
    EXIT_LIMIT_S,
    Fleet,
    Mouth,
    client_of,
    fleet_on,
    following,
    known_to,
    knows,
    reached,
    saw,
    times,
    until,
    voice,
)
from tests.flows.process import ServerProcess
from tests.storage.databases import PostgresServer

pytestmark = [pytest.mark.flow, pytest.mark.redis, pytest.mark.postgres]


@pytest.fixture(scope="module")
def fleet(
    postgres_server: PostgresServer,
    _postgres_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleet]:
    database_url = postgres_server.url(postgres_server.create_database(_postgres_template))
    with fleet_on(tmp_path_factory.mktemp("fleet"), database_url) as running:
        yield running


async def test_followers_on_every_process_see_the_same_events_in_the_same_order(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(client_of(b.url, b))
        mouth = await Mouth.open(near, "same")
        topics = ("session:same", f"video:{mouth.video_id}", "user:local")
        there = [await stack.enter_async_context(following(far, topic, "far")) for topic in topics]
        here = [await stack.enter_async_context(following(near, topic, "near")) for topic in topics]
        for number in (1, 2):
            await mouth.say(voice(number))
            await until(here[0], saw("state_changed", utterance=number, run="confirming"))
        for far_one, near_one in zip(there, here, strict=True):
            last_seq = near_one.last_seq
            assert last_seq > 0
            await until(far_one, reached(last_seq))
            assert far_one.channel.epoch == near_one.channel.epoch
            assert far_one.durable == near_one.durable
            first = int(far_one.channel.reply["seq"]) + 1
            assert [seq for seq, _, _ in far_one.durable] == list(range(first, last_seq + 1))
        assert len((await fleet.kept("same")).notes) == 2

        shown = {meta["client"] for meta in here[1].payloads("presence_state")[0]["local"]["metas"]}
        assert shown == {"far"}, "who was there before"
        await until(there[1], lambda follower: clients(follower, "joins") >= {"near"})
        await here[1].channel.leave()
        await until(there[1], lambda follower: clients(follower, "leaves") == {"near"})


def clients(follower: Follower, what: str) -> set[str]:
    """Who came or went, as the follower was told."""
    diffs = follower.payloads("presence_diff")
    return {meta["client"] for diff in diffs for each in diff[what].values() for meta in each["metas"]}


async def test_a_session_is_looked_at_and_commanded_from_another_process(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        near = await stack.enter_async_context(client_of(b.url, b))
        mouth = await Mouth.open(near, "commanded")
        mouth.begin(voice(1))
        await mouth.safe()
        panel = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        follower = await stack.enter_async_context(following(panel, "session:commanded"))
        topic = follower.channel
        assert topic.reply["snapshot"]["microphone"] == "listening"
        assert topic.reply["snapshot"]["video_id"] == mouth.video_id
        assert await topic.push("cancel") == {}
        await until(follower, saw("state_changed", microphone="idle"))
        with pytest.raises(PushRefused) as refused:
            await topic.push("cancel")
        assert refused.value.reason == "not_now"

        expected = {}
        decisions: tuple[tuple[str, dict[str, str]], ...] = (
            ("confirm_note", {}),
            ("scratch_note", {}),
            ("edit_note", {"text": "Turn it down."}),
        )
        for utterance, (command, change) in enumerate(decisions, 2):  # the first was cancelled
            await mouth.say(voice(utterance))
            await until(follower, saw("state_changed", utterance=utterance, run="confirming"))
            note = follower.payloads("note_created")[-1]["note"]
            answer = (await topic.push(command, {"note_id": note["id"], **change}))["note"]
            await until(follower, lambda follower: follower.payloads("state_changed")[-1]["runs"] == [])
            expected[note["id"]] = (utterance, answer["text"], answer["status"], answer["revision"])
        assert [(text, status) for _, text, status, _ in expected.values()] == [
            ("The music is too loud.", "firmed"),
            ("The music is too loud.", "cancelled"),
            ("Turn it down.", "firmed"),
        ]
        assert (await fleet.kept("commanded")).notes == expected == known_to(follower)
        assert times(follower, "snapshot") == 0


async def test_a_microphone_that_moves_in_mid_utterance_takes_its_session_along(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(client_of(b.url, b))
        followers = [await stack.enter_async_context(following(each, "session:moved")) for each in (far, near)]
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "moved")
        said = voice(1)
        mouth.begin(said[:16_000])
        await mouth.safe()
        before = await fleet.kept("moved")
        way.to_port = fleet.a.port
        way.reset_all()
        mouth.go_on(said[16_000:])
        await mouth.stop()
        await mouth.safe()  # the note may be made before the last of its audio is stored
        for follower in followers:
            await until(follower, saw("state_changed", utterance=1, run="confirming"))
            assert times(follower, "snapshot") == 0, "it was handed over: nothing was missed"
            assert [ended["utterance"] for ended in follower.payloads("speech_ended")] == [1]
        assert followers[0].durable == followers[1].durable
        after = await fleet.kept("moved")
        assert after.audio == {1: said}
        assert after.notes == known_to(followers[0])
        assert [note[0] for note in after.notes.values()] == [1]
        assert (after.fence, f":{fleet.a.process.pid}:" in str(after.owner)) == (before.fence + 1, True)


async def test_a_microphone_that_is_sent_to_and_fro_while_it_catches_up_doubles_nothing(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        follower = await stack.enter_async_context(following(far, "session:hopping"))
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "hopping")
        for number in range(1, 11):
            mouth.begin(voice(number))  # each ends the one before
        for hop in range(8):
            await until(follower, knows(hop + 1))
            way.to_port = (fleet.a.port, b.port)[hop % 2]
            way.reset_all()
        await mouth.stop()
        await until(follower, knows(10))
        kept = await fleet.kept("hopping")
        assert kept.audio == {number: voice(number) for number in range(1, 11)}
        assert [note[0] for note in kept.notes.values()] == list(range(1, 11))
        assert known_to(follower) == kept.notes


async def test_a_process_killed_in_mid_utterance_loses_nothing(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(client_of(way.url, b))
        followers = [await stack.enter_async_context(following(each, "session:killed")) for each in (far, near)]
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "killed")
        await mouth.say(voice(1))
        await until(followers[0], saw("state_changed", utterance=1, run="confirming"))
        said = voice(2)
        mouth.begin(said[:12_800])
        await until(followers[0], saw("speech_started", utterance=2))
        way.to_port = fleet.a.port
        await asyncio.to_thread(b.kill)
        mouth.go_on(said[12_800:])
        await mouth.stop()
        for follower in followers:
            await until(follower, knows(2))
            assert times(follower, "snapshot") == 1, "nobody knows what the dead process did not tell"
        kept = await fleet.kept("killed")
        assert kept.audio == {1: voice(1), 2: said}
        assert sorted(str(note[0]) for note in kept.notes.values()) == ["1", "2"]
        for follower in followers:
            assert known_to(follower) == kept.notes
            assert [ended["utterance"] for ended in follower.payloads("speech_ended")].count(2) <= 1


async def test_a_process_that_stood_still_is_taken_over_from_and_writes_nothing_more(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(Client(b.url, b.token))
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "still")
        followers = [await stack.enter_async_context(following(each, "session:still")) for each in (far, near)]
        said = voice(1)
        mouth.begin(said[:12_800])
        await mouth.safe()
        b.process.send_signal(signal.SIGSTOP)
        way.to_port = fleet.a.port
        way.reset_all()
        mouth.go_on(said[12_800:])
        await mouth.stop()
        await until(followers[0], knows(1))
        b.process.send_signal(signal.SIGCONT)
        await until(followers[1], knows(1))
        assert times(followers[1], "snapshot") >= 1, "it was sent to the new owner"
        await mouth.say(voice(2))
        for follower in followers:  # in an event, or in the snapshot that follows when b finds itself shut out
            await until(follower, lambda follower: len(known_to(follower)) == 2)
        kept = await fleet.kept("still")
        assert [known_to(follower) for follower in followers] == [kept.notes] * 2
        assert kept.audio == {1: said, 2: voice(2)}
        assert f":{fleet.a.process.pid}:" in str(kept.owner)


async def test_sigterm_finishes_what_is_worked_on_and_sends_the_clients_on(fleet: Fleet) -> None:
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        followers = [await stack.enter_async_context(following(far, "session:drained"))]
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "drained")
        witness = await stack.enter_async_context(Client(b.url, b.token, reconnect=None))
        followers.append(await stack.enter_async_context(following(witness, "session:drained")))
        sent_away = asyncio.Event()
        witness.on_state(lambda state: sent_away.set())
        said = voice(2, 2.0)
        with fleet.held("drained") as hold:
            await mouth.say(voice(1))
            await until(followers[1], saw("state_changed", utterance=1, run="transcribing"))
            mouth.begin(said[:16_000])
            await mouth.safe()
            way.to_port = fleet.a.port
            b.process.terminate()
            await eventually(lambda: refuses(b))
            with pytest.raises(PushRefused) as refused:
                await witness.join("user:local")
            assert refused.value.reason == "draining"
            mouth.go_on(said[16_000:32_000])  # a server that goes down still listens
            await mouth.safe()
            assert not sent_away.is_set(), "a sentence is being worked on"
            hold.unlink()
        async with asyncio.timeout(EXIT_LIMIT_S):
            await sent_away.wait()
        assert witness.ended
        assert witness.ended.code == 1012
        assert [note[0] for note in (await fleet.kept("drained")).notes.values()] == [1]
        mouth.go_on(said[32_000:])
        await mouth.stop()
        assert await asyncio.to_thread(b.process.wait, EXIT_LIMIT_S) == 0
        await until(followers[0], saw("state_changed", utterance=2, run="confirming"))
        assert times(followers[0], "snapshot") == 0, "it was given up in good order"
        kept = await fleet.kept("drained")
        assert kept.audio == {1: voice(1), 2: said}
        assert kept.notes == known_to(followers[0])
        assert [note[0] for note in kept.notes.values()] == [1, 2]


async def refuses(server: ServerProcess) -> bool:
    """Whether it takes no connection any more, and says so."""
    try:
        async with Client(server.url, server.token, reconnect=None):
            return False
    except ConnectFailed as failed:
        assert "goes down" in str(failed)  # noqa: PT017 - until it does, there is no error
        return True


@pytest.mark.parametrize("empty", [True, False], ids=["empty", "from an old snapshot"])
async def test_redis_may_be_killed_in_the_middle(fleet: Fleet, empty: bool) -> None:
    name = f"redis-{empty}"
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(client_of(b.url, b))
        mouth = await Mouth.open(near, name)
        followers = [await stack.enter_async_context(following(each, f"session:{name}")) for each in (far, near)]
        await mouth.say(voice(1))
        fleet.redis.save()
        said = voice(2)
        mouth.begin(said[:16_000])
        for follower in followers:
            await until(follower, saw("speech_started", utterance=2))
        fleet.redis.kill()
        mouth.go_on(said[16_000:])
        await mouth.safe()
        await mouth.stop()
        await eventually(lambda: has_notes(fleet, name, 2))
        await asyncio.to_thread(fleet.redis.start, empty=empty)
        for follower in followers:
            await until(follower, knows(2))
        await mouth.say(voice(3))
        for follower in followers:
            await until(follower, knows(3))
            assert times(follower, "snapshot") >= 1, "nobody knows what Redis has forgotten"
            assert known_to(follower) == (await fleet.kept(name)).notes
        kept = await fleet.kept(name)
        assert kept.audio == {1: voice(1), 2: said, 3: voice(3)}
        assert [note[0] for note in kept.notes.values()] == [1, 2, 3]


async def test_a_microphone_moves_though_redis_is_away(fleet: Fleet) -> None:
    """The other process can't be asked to hand the session over: the fence takes it."""
    async with AsyncExitStack() as stack:
        b = await stack.enter_async_context(fleet.another())
        far = await stack.enter_async_context(client_of(fleet.a.url, fleet.a))
        near = await stack.enter_async_context(client_of(b.url, b))
        way = await stack.enter_async_context(Proxy(b.port, Plan()))
        mouth = await Mouth.open(await stack.enter_async_context(client_of(way.url, b)), "alone")
        followers = [await stack.enter_async_context(following(each, "session:alone")) for each in (far, near)]
        said = voice(1)
        mouth.begin(said[:16_000])
        await mouth.safe()
        fleet.redis.kill()
        way.to_port = fleet.a.port
        way.reset_all()
        mouth.go_on(said[16_000:])
        await mouth.stop()
        await eventually(lambda: has_notes(fleet, "alone", 1))
        await asyncio.to_thread(fleet.redis.start)
        await mouth.say(voice(2))
        for follower in followers:
            await until(follower, knows(2))
        kept = await fleet.kept("alone")
        assert kept.audio == {1: said, 2: voice(2)}
        assert [known_to(follower) for follower in followers] == [kept.notes] * 2
        assert f":{fleet.a.process.pid}:" in str(kept.owner)


async def has_notes(fleet: Fleet, session_id: str, number: int) -> bool:
    return len((await fleet.kept(session_id)).notes) == number
