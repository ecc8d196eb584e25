"""The door: who is let in, who is not, and what they are told."""

import asyncio
import logging
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from channels.auth import Tokens, subprotocols_for
from channels.limits import SocketSettings
from server.embedded import EmbeddedServer
from tests.channels.conftest import SECOND, SECRET, Serve, Site, until

JOIN: tuple[Any, ...] = ("1", "1", "user:ada", "phx_join", {})


async def refused(site: Site, **how: Any) -> tuple[int, str]:
    """Status and words of the answer to a handshake."""
    with pytest.raises(InvalidStatus) as refusal:
        async with site.raw(**how):
            pass
    return refusal.value.response.status_code, (refusal.value.response.body or b"").decode()


async def test_a_token_in_the_subprotocol_as_phoenix_js_sends_it(site: Site) -> None:
    async with site.raw() as raw:
        assert raw.socket.subprotocol == "phoenix"
        assert (await raw.ask(*JOIN))["status"] == "ok"


async def test_a_token_in_the_query(site: Site) -> None:
    async with site.raw(subprotocols=[], query=f"&token={site.tokens.issue('ada')}") as raw:
        assert raw.socket.subprotocol is None
        assert (await raw.ask(*JOIN))["status"] == "ok"


async def test_no_token(site: Site) -> None:
    status, words = await refused(site, subprotocols=["phoenix"])
    assert status == 403
    assert "A token is needed: `sidenote token`" in words


async def test_a_forged_token(site: Site) -> None:
    forged = Tokens(b"another secret of thirty-two bytes", 600).issue("ada")
    status, words = await refused(site, token=forged)
    assert status == 403
    assert "not one of this server: get one from it" in words


async def test_an_expired_token(site: Site) -> None:
    status, words = await refused(site, token=Tokens(SECRET, -1).issue("ada"))
    assert status == 403
    assert "expired: get a new one" in words


async def test_a_page_that_is_not_listed(site: Site) -> None:
    status, words = await refused(site, origin="http://evil.example")
    assert status == 403
    assert "http://evil.example is not allowed: add it to SIDENOTE_ALLOWED_ORIGINS" in words


async def test_a_page_that_is_listed_and_a_program_without_an_origin(site: Site) -> None:
    async with site.raw(origin="http://sidenote.test") as page, site.raw() as program:
        assert (await page.ask(*JOIN))["status"] == "ok"
        assert (await program.ask(*JOIN))["status"] == "ok"


async def test_another_version_of_the_wire(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.channels.conftest.PATH", "/socket/websocket?vsn=1.0.0")
    status, words = await refused(site)
    assert status == 400
    assert "use vsn=2.0.0" in words


async def test_one_connection_too_many_is_told_to_come_back(serve: Serve) -> None:
    async with serve(SocketSettings(max_connections_per_user=1)) as site:
        async with site.raw() as first:
            async with site.raw() as second:
                assert await second.closed() == (1013, "too many connections of this user: close one and try again")
            async with site.raw("bob") as other:
                assert (await other.ask("1", "1", "user:bob", "phx_join", {}))["status"] == "ok"
            await first.socket.close()
            await site.figures.until("websocket_closes", 2, code="1000")
        async with site.raw() as again:
            assert (await again.ask(*JOIN))["status"] == "ok"
        assert site.figures.total("websocket_closes", code="1013") == 1


async def test_connections_are_counted_and_so_are_their_ends(site: Site) -> None:
    async with site.raw() as one, site.raw() as two:
        await one.ask(*JOIN)
        await two.ask(*JOIN)
        assert site.figures.total("websocket_connections") == 2
        await one.socket.close(1001)
        await site.figures.until("websocket_connections", 1)
        await two.socket.close(4321)
    await site.figures.until("websocket_connections", 0)
    await site.figures.until("websocket_closes", 1, code="1001")
    await site.figures.until("websocket_closes", 1, code="other")


async def test_a_client_that_vanishes_is_let_go(site: Site) -> None:
    async with site.raw() as raw:
        await raw.ask(*JOIN)
        connection = raw.socket.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # reset
        raw.socket.transport.abort()
        await site.figures.until("websocket_connections", 0)


async def test_the_server_as_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its own address is a listed origin, its figures can be read, and its log holds no token."""
    from inference.llm.scripted import ScriptedStructurer
    from inference.stt.scripted import ScriptedStt
    from inference.vad.scripted import ScriptedDetector
    from server.logs import setup_logging
    from server.settings import load_settings

    monkeypatch.setattr("server.wiring.build_stt", lambda settings: ScriptedStt())
    monkeypatch.setattr("server.wiring.build_structurer", lambda settings: ScriptedStructurer())
    monkeypatch.setattr("server.wiring.build_detector_factory", lambda settings: lambda: ScriptedDetector([]))
    levels = {name: logging.getLogger(name).level for name in (None, "channels", "server", "agent")}
    handler = setup_logging("debug")
    try:
        async with EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server:
            site = Site(server.url, server.parts.tokens, *[None] * 10)  # type: ignore[arg-type] # the address is enough
            own = server.url.replace("ws://", "http://")
            in_query = f"&token={server.token}"
            async with (
                site.raw("local", origin=own) as page,
                site.raw("local", subprotocols=[], query=in_query) as program,
            ):
                join: tuple[Any, ...] = ("1", "1", "user:local", "phx_join", {})
                assert (await page.ask(*join))["status"] == "ok"
                assert (await program.ask(*join))["status"] == "ok"
                figures = server.parts.telemetry.prometheus()[0].decode()
                assert "sidenote_websocket_connections 2.0" in figures
            bad = f"{server.token[:-4]}AAAA"
            assert (await refused(site, subprotocols=[], query=f"&token={bad}"))[0] == 403
            assert (await refused(site, subprotocols=subprotocols_for(bad)))[0] == 403
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert "connection closed" in caplog.text, "something was logged"
    for secret in (server.token, server.token.split(".")[2], bad):
        assert secret not in caplog.text


async def test_an_identity_whose_token_ends_meanwhile_joins_nothing_more(serve: Serve) -> None:
    async with serve(ttl_s=1) as site, site.raw() as raw:
        assert (await raw.ask(*JOIN))["status"] == "ok"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("channels.socket.time.time", lambda: 4e9)
            reply = await raw.ask("2", "2", "session:s1", "phx_join", {})
        assert reply["status"] == "error"
        assert reply["response"]["reason"] == "token_expired"
        assert "push a new one" in reply["response"]["message"]
        assert (await raw.ask(None, "3", "phoenix", "heartbeat", {}))["status"] == "ok"
    assert time.time() < 4e9


async def test_whoever_has_a_token_is_known_from_their_first_connection_on(site: Site) -> None:
    async with site.client("carol") as client:
        channel = await client.join("session:carols")
        assert channel.reply["snapshot"]["notes"] == []
    assert (await site.users.get("carol")).id == "carol"


async def test_who_is_there_stays_but_joins_nothing_more_and_nobody_comes_in(site: Site) -> None:
    async with site.raw() as raw:
        await raw.ask("1", "1", "user:ada", "phx_join", {})
        site.endpoint.drain()
        reply = await raw.ask("2", "2", "session:s1", "phx_join", {})
        assert reply["response"] == {
            "reason": "draining",
            "message": "This server goes down: connect again in a moment.",
        }
        assert (await raw.ask(None, "3", "phoenix", "heartbeat", {}))["status"] == "ok"
        with pytest.raises(InvalidStatus) as refused:
            async with site.raw():
                pass
        assert refused.value.response.status_code == 503
        assert b"connect again in a moment" in (refused.value.response.body or b"")


async def test_everybody_is_sent_away_with_1012(site: Site) -> None:
    async with site.raw() as one, site.raw("bob") as two:
        await one.ask("1", "1", "user:ada", "phx_join", {})
        await two.ask("1", "1", "user:bob", "phx_join", {})
        await site.endpoint.close(within_s=0.1)
        for raw in (one, two):
            assert await raw.closed() == (1012, "the server goes down: connect again")
    await site.figures.until("websocket_closes", 2, code="1012")


async def test_a_sentence_that_is_being_worked_on_is_finished_first(serve: Serve) -> None:
    async with serve() as site, site.review() as review:
        go_on = site.stt.hold("s1")
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.uplink.stop()
        await site.stt.finals_called(1)
        site.endpoint.drain()
        settling = asyncio.create_task(site.supervisor.settle(60))
        await asyncio.sleep(0)
        assert not settling.done()
        go_on.set()
        await settling
        note = (await until(review.session, "note_created")).payload["note"]
        assert note["transcript"] == "The music is too loud."


async def test_a_sentence_that_takes_too_long_is_left_to_the_next_server(serve: Serve) -> None:
    async with serve() as site, site.review() as review:
        site.stt.hold("s1")
        review.uplink.begin(0.0)
        review.uplink.send(SECOND)
        await review.uplink.stop()
        await site.stt.finals_called(1)
        await site.supervisor.settle(0.01)
        await site.supervisor.close()
        row = await site.sessions.get("s1")
        assert (row.unfinished, row.owner) == (True, None)
        assert row.state["session"]["runs"][0]["state"] == "transcribing"


async def test_with_nothing_to_finish_it_is_settled_at_once(site: Site) -> None:
    async with site.review() as review:
        await review.say()  # its note waits for the person, and that is no work
        await site.supervisor.settle(60)
