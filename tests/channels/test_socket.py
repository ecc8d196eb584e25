"""One connection frame by frame: joins, replies, and what ends it."""

import asyncio
import socket as sockets
from collections.abc import MutableMapping
from typing import Any

import orjson
import pytest

from channels.auth import AuthError, Identity, Tokens
from channels.joined import Joined
from channels.limits import SocketSettings
from channels.socket import Connection
from channels.topics.contract import LATER, Response, Unanswered
from channels.wire import BinaryPush, Message, encode
from tests.channels.conftest import SECRET, Raw, Serve, Site, until

HEARTBEAT: tuple[Any, ...] = (None, "9", "phoenix", "heartbeat", {})


async def join(raw: Raw, topic: str = "session:s1", join_ref: str = "1", params: Any = None) -> Any:
    """The payload of the reply to a join."""
    return await raw.ask(join_ref, join_ref, topic, "phx_join", params or {})


async def test_a_heartbeat_is_answered_before_any_join(site: Site) -> None:
    async with site.raw() as raw:
        await raw.send(*HEARTBEAT)
        assert await raw.next() == [None, "9", "phoenix", "phx_reply", {"status": "ok", "response": {}}]


async def test_the_reply_to_a_join_carries_both_refs(site: Site) -> None:
    async with site.raw() as raw:
        await raw.send("4", "4", "session:s1", "phx_join", {})
        join_ref, ref, topic, event, payload = await raw.next()
        assert (join_ref, ref, topic, event, payload["status"]) == ("4", "4", "session:s1", "phx_reply", "ok")


async def test_whatever_is_pushed_to_a_topic_before_its_join_is_unmatched(site: Site) -> None:
    async with site.raw() as raw:
        for ref, frame in (("5", ("audio:s1", "stop")), ("6", ("session:s1", "cancel")), ("7", ("phoenix", "huh"))):
            reply = await raw.ask(None, ref, *frame, {})
            assert reply["status"] == "error"
            assert reply["response"]["reason"] == "unmatched topic"
        await raw.socket.send(encode(BinaryPush("1", "8", "audio:s1", "audio", bytes(10))))
        assert (await raw.until("phx_reply", "8"))[4]["response"]["reason"] == "unmatched topic"


@pytest.mark.parametrize("name", ["room:1", "session:", "session", "session:a b", "session:" + "a" * 65, "video:../x"])
async def test_an_unknown_topic_says_which_there_are(site: Site, name: str) -> None:
    async with site.raw() as raw:
        reply = await join(raw, name)
        assert reply["status"] == "error"
        assert reply["response"]["reason"] == "unknown_topic"
        assert "session" in reply["response"]["message"]
        assert (await raw.ask(None, "2", name, "x", {}))["response"]["reason"] == "unmatched topic"


async def test_leaving_ends_the_topic_and_leaving_nothing_is_fine(site: Site) -> None:
    async with site.raw() as raw:
        await join(raw)
        await raw.send("1", "2", "session:s1", "phx_leave", {})
        assert (await raw.next())[1:4] == ["2", "session:s1", "phx_reply"]
        assert (await raw.next())[:4] == ["1", "1", "session:s1", "phx_close"]
        assert (await raw.ask("1", "3", "session:s1", "cancel", {}))["response"]["reason"] == "unmatched topic"
        assert (await raw.ask("1", "4", "session:s1", "phx_leave", {}))["status"] == "ok"
        await site.hub.publish("session:s1", "state_changed", {})
        await raw.send(*HEARTBEAT)
        assert (await raw.next())[1] == "9", "nothing came of a topic that was left"


async def test_a_rejoin_closes_the_old_channel_and_gets_each_event_once(site: Site) -> None:
    async with site.raw() as raw:
        await join(raw)
        await raw.send("2", "2", "session:s1", "phx_join", {})
        assert (await raw.next())[:4] == ["1", "1", "session:s1", "phx_close"]
        assert (await raw.next())[:4] == ["2", "2", "session:s1", "phx_reply"]
        await site.hub.publish("session:s1", "state_changed", {})
        assert (await raw.next())[3:] == ["state_changed", {"seq": 1}]
        await raw.send(*HEARTBEAT)
        assert (await raw.next())[1] == "9"


async def test_what_belongs_to_an_earlier_join_is_dropped_and_no_join_ref_is_accepted(site: Site) -> None:
    async with site.raw() as raw:
        await join(raw)
        await join(raw, join_ref="2")
        await raw.send("1", "3", "session:s1", "cancel", {})
        await raw.send("1", "4", "session:s1", "phx_leave", {})
        await raw.send(None, "5", "session:s1", "cancel", {})
        assert (await raw.next())[1] == "5"


async def test_what_is_pushed_before_the_join_is_answered_reaches_nobody(serve: Serve) -> None:
    topic = Slow()

    def slow(name: str, joined: Joined) -> Slow:
        return topic

    async with serve(make_topic=lambda known: slow) as site, site.raw() as raw:
        await raw.send("1", "1", "session:s1", "phx_join", {})
        await topic.joining.wait()
        await raw.send("1", "2", "session:s1", "cancel", {})
        assert (await raw.until("phx_reply", "2"))[4]["response"]["reason"] == "unmatched topic"
        topic.go.set()
        await raw.until("phx_reply", "1")
        assert topic.taken == []
        await raw.ask("1", "3", "session:s1", "cancel", {})
        assert topic.taken == ["cancel"]


class Slow:
    """A topic whose join takes until ``go``; pushes of ``later`` are handled never."""

    def __init__(self) -> None:
        self.joining, self.go = asyncio.Event(), asyncio.Event()
        self.taken: list[str] = []

    async def join(self, params: Any) -> Response:
        self.joining.set()
        await self.go.wait()
        return {}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        self.taken.append(push.event)
        return LATER if push.event == "later" else {}

    async def handle(self, push: Message) -> Response:
        await asyncio.Event().wait()
        return {}

    def leave(self) -> None: ...


async def test_commands_wait_in_a_line_of_bounded_length(serve: Serve) -> None:
    def ready(name: str, joined: Joined) -> Slow:
        topic = Slow()
        topic.go.set()
        return topic

    async with serve(SocketSettings(waiting_pushes=2), make_topic=lambda known: ready) as site, site.raw() as raw:
        await join(raw)
        for ref in ("2", "3", "4", "5"):  # one is being handled, two wait
            await raw.send("1", ref, "session:s1", "later", {})
        assert (await raw.until("phx_reply", "5"))[4]["response"]["reason"] == "busy"
        await raw.socket.send(encode(BinaryPush("1", "6", "session:s1", "later", b"x")))
        reply = (await raw.until("phx_reply", "6"))[4]
        assert reply["response"]["reason"] == "invalid"
        assert "text frame" in reply["response"]["message"]


class Buggy(Slow):
    """A topic with a bug at every step."""

    async def join(self, params: Any) -> Response:
        if params.get("fail"):
            raise ZeroDivisionError
        return {}

    def take(self, push: Message | BinaryPush) -> Response | Unanswered:
        if push.event == "later":
            return LATER
        raise KeyError("secret words")

    async def handle(self, push: Message) -> Response:
        raise ValueError("secret words")


async def test_a_bug_in_a_topic_is_an_internal_error_and_the_connection_goes_on(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def buggy(name: str, joined: Joined) -> Buggy:
        return Buggy()

    async with serve(make_topic=lambda known: buggy) as site, site.raw() as raw:
        replies = [await join(raw, params={"fail": True}), await join(raw)]
        replies += [await raw.ask("1", "2", "session:s1", event, {}) for event in ("now", "later", "later")]
        assert [reply["status"] for reply in replies] == ["error", "ok", "error", "error", "error"]
        for reply in (replies[0], *replies[2:]):
            assert reply["response"] == {"reason": "internal", "message": "Something went wrong here: try again."}
        assert (await raw.ask(*HEARTBEAT))["status"] == "ok"
    assert [record.levelname for record in caplog.records if "by a bug" in record.message] == ["ERROR"] * 4


async def test_a_connection_joins_a_hundred_topics_and_no_more(site: Site) -> None:
    async with site.raw() as raw:
        for number in range(100):
            await raw.send(str(number), str(number), f"session:s{number}", "phx_join", {})
        await raw.send("100", "100", "session:s100", "phx_join", {})
        reply = (await raw.until("phx_reply", "100"))[4]
        assert reply["response"]["reason"] == "too_many_topics"
        assert "at most 100 topics: leave one first" in reply["response"]["message"]
        assert (await raw.ask("7", "101", "session:s7", "phx_leave", {}))["status"] == "ok"
        assert (await join(raw, "session:s100", "102"))["status"] == "ok"


async def test_joins_have_a_rate(serve: Serve) -> None:
    async with serve(SocketSettings(joins_per_s=0.01, joins_burst=2)) as site, site.raw() as raw:
        await join(raw)
        await join(raw, join_ref="2")
        reply = await join(raw, join_ref="3")
        assert reply["response"]["reason"] == "rate_limited"


async def test_bytes_have_a_rate(serve: Serve) -> None:
    async with serve(SocketSettings(bytes_per_s=10, bytes_burst=1000)) as site, site.raw() as raw:
        await raw.send(None, "1", "phoenix", "heartbeat", {"x": "a" * 2000})
        assert await raw.closed() == (1008, "more than 10 bytes a second")


@pytest.mark.parametrize("frame", ["é" * 600, b"x" * 1001])
async def test_a_frame_too_large_closes_with_a_reason(serve: Serve, frame: str | bytes) -> None:
    async with serve(SocketSettings(max_frame_bytes=1000)) as site, site.raw() as raw:
        await raw.socket.send(frame)
        assert await raw.closed() == (1009, "a frame has at most 1000 bytes")
    await site.figures.until("websocket_closes", 1, code="1009")


async def test_a_frame_too_large_for_the_server_is_not_even_read(serve: Serve) -> None:
    async with serve(ws_max_size=1000) as site, site.raw() as raw:
        await raw.socket.send(b"x" * 1001)
        code, reason = await raw.closed()
        assert code == 1009
        assert "1001" in reason
    await site.figures.until("websocket_closes", 1, code="1009")


@pytest.mark.parametrize(
    "frame, why",
    [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ('{"topic":"t"}', "array of five"),
        (f"{'[' * 5000}", "not JSON"),
        (b"", "empty"),
        (b"\x07abc", "kind 7"),
        (b"\x00\xff\xff\xff\xff", "ends before"),
        (b"\x00\x00\x00\x01\x01\xff\xff", "not UTF-8"),
    ],
)
async def test_a_malformed_frame_closes_with_a_reason(site: Site, frame: str | bytes, why: str) -> None:
    async with site.raw() as raw:
        await raw.socket.send(frame)
        code, reason = await raw.closed()
        assert code == 1008
        assert reason.startswith("malformed frame: ")
        assert why in reason


async def test_text_that_is_not_utf_8_closes_the_connection(site: Site) -> None:
    async with site.raw() as raw:
        await raw.socket.send(b"\xff\xfe", text=True)
        assert (await raw.closed())[0] == 1007
    await site.figures.until("websocket_connections", 0)


async def test_silence_closes_the_connection(serve: Serve) -> None:
    async with serve(SocketSettings(idle_timeout_s=0.05)) as site, site.raw() as raw:
        assert await raw.closed() == (1008, "nothing came for 0.05 s")


async def test_a_connection_that_joins_nothing_is_closed(serve: Serve) -> None:
    async with serve(SocketSettings(prejoin_timeout_s=0.05)) as site, site.raw() as raw:
        await raw.send(*HEARTBEAT)
        assert await raw.closed() == (1008, "no topic was joined within 0.05 s")


async def test_a_server_that_goes_down_says_so(serve: Serve) -> None:
    async with serve() as site:
        raw_context = site.raw()
        raw = await raw_context.__aenter__()
        await join(raw)
    assert (await raw.closed())[0] == 1012
    await raw_context.__aexit__(None, None, None)


async def test_a_client_that_stops_reading_is_cut_off_and_holds_up_nobody(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.socket.CLOSE_LIMIT_S", 0.05)
    small = sockets.socket()
    small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    small.setblocking(False)
    async with serve(SocketSettings(outgoing_queue_bytes=131_072)) as site, site.review() as review:
        port = int(site.url.rpartition(":")[2])
        await asyncio.get_running_loop().sock_connect(small, ("127.0.0.1", port))
        async with site.raw(sock=small, max_queue=1, close_timeout=0.1) as slow:
            assert (await join(slow))["status"] == "ok"
            for number in range(400):
                await site.hub.publish("session:s1", "tool_result", {"n": number, "text": "x" * 60_000})
                assert (await until(review.session, "tool_result")).payload["n"] == number
                if site.figures.total("websocket_closes", code="1008"):
                    break
            await site.figures.until("websocket_closes", 1, code="1008")
            assert (await review.say())["text"], "the agent and the other client go on"
            slow.socket.transport.abort()


async def test_an_error_of_our_own_closes_with_1001_and_never_1000() -> None:
    closes: list[tuple[int, str]] = []

    async def receive() -> Any:
        raise LookupError("a bug")

    async def send(message: MutableMapping[str, Any]) -> None:
        assert message["type"] == "websocket.close"
        closes.append((message["code"], message["reason"]))

    def none(name: str, joined: Joined) -> Slow:
        return Slow()

    def verify(token: str | None) -> Identity:
        raise AuthError("token_refused", "no")

    connection = Connection(receive, send, Identity("ada", 4e9), verify, none, SocketSettings())
    assert (await connection.run())[0] == 1001
    assert closes == [(1001, "something went wrong here: connect again")]


async def test_a_hundred_frames_at_once_are_answered_in_order(site: Site) -> None:
    async with site.raw() as raw:
        for number in range(100):
            await raw.socket.send(orjson.dumps([None, str(number), "phoenix", "heartbeat", {}]).decode())
        assert [(await raw.next())[1] for _ in range(100)] == [str(number) for number in range(100)]


USER: tuple[Any, ...] = ("1", "1", "user:ada", "phx_join", {})


async def renew(raw: Raw, token: Any, topic: str = "user:ada") -> Any:
    """The payload of the reply to a new token."""
    return await raw.ask(None, "7", topic, "token", {"token": token})


async def test_every_topic_is_told_of_the_end_and_the_connection_closed_after_the_grace(serve: Serve) -> None:
    async with serve(SocketSettings(token_grace_s=0.05)) as site, site.raw() as raw:
        await raw.ask(*USER)
        await raw.ask("2", "2", "session:s1", "phx_join", {})
        assert (await renew(raw, Tokens(SECRET, 2).issue("ada")))["status"] == "ok"
        told = [await raw.until("token_expired") for _ in range(2)]
        assert [frame[2] for frame in told] == ["user:ada", "session:s1"]
        assert told[0][4] == {"grace_s": 0.05}
        assert await raw.closed() == (1008, "the token has expired: connect again with a new one")


@pytest.mark.parametrize("topic", ["user:ada", "phoenix"])
async def test_a_new_token_within_the_grace_saves_the_connection(serve: Serve, topic: str) -> None:
    async with serve(SocketSettings(token_grace_s=600), ttl_s=1) as site, site.raw() as raw:
        await raw.ask(*USER)
        await raw.until("token_expired")
        refused = await raw.ask("2", "2", "session:s1", "phx_join", {})
        assert refused["response"]["reason"] == "token_expired"
        reply = await renew(raw, Tokens(SECRET, 600).issue("ada"), topic)
        assert reply["status"] == "ok"
        assert reply["response"]["expires_at"] > 0
        assert (await raw.ask("3", "3", "session:s1", "phx_join", {}))["status"] == "ok"


async def test_a_new_token_takes_the_place_of_the_old_one(serve: Serve) -> None:
    """The end that is told is the new one's, which comes sooner here."""
    async with serve(SocketSettings(token_grace_s=600), ttl_s=600) as site, site.raw() as raw:
        await raw.ask(*USER)
        assert (await renew(raw, Tokens(SECRET, 2).issue("ada")))["status"] == "ok"
        await raw.until("token_expired")
        assert (await renew(raw, Tokens(SECRET, 600).issue("ada")))["status"] == "ok"
        assert (await raw.ask("3", "3", "session:s1", "phx_join", {}))["status"] == "ok"


@pytest.mark.parametrize(
    "token", [None, 7, "", "a.b.c", Tokens(b"another secret of thirty-two bytes", 600).issue("ada")]
)
async def test_a_token_that_is_none_changes_nothing(site: Site, token: Any) -> None:
    async with site.raw() as raw:
        await raw.ask(*USER)
        reply = await renew(raw, token)
        assert (reply["status"], reply["response"]["reason"]) == ("error", "bad_token")
        assert "sidenote token" in reply["response"]["message"]
        assert (await raw.ask("2", "2", "session:s1", "phx_join", {}))["status"] == "ok"


async def test_another_users_token_changes_nothing(site: Site) -> None:
    async with site.raw() as raw:
        await raw.ask(*USER)
        reply = await renew(raw, site.tokens.issue("bob"))
        assert reply["response"]["reason"] == "bad_token"
        assert "another user's" in reply["response"]["message"]
        assert (await raw.ask("2", "2", "user:bob", "phx_join", {}))["response"]["reason"] == "forbidden"


async def test_a_topic_that_is_not_joined_takes_no_token(site: Site) -> None:
    async with site.raw() as raw:
        reply = await renew(raw, site.tokens.issue("ada"), "session:s9")
        assert reply["response"]["reason"] == "unmatched topic"
