"""The port that the server listens on, and what it answers over plain HTTP."""

import asyncio
import json
import socket
import urllib.request
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from channels.endpoint import Endpoint
from server.app import DEAD_PEER_MS, SEND_BUFFER_BYTES, Listener, PortInUse, create_app, create_endpoint
from server.embedded import EmbeddedServer
from server.identity import LOCAL_USER
from server.settings import EXTENSION_ID, load_settings
from server.wiring import Parts, running_parts
from tests.chaos import server as scripted


async def test_events_leave_at_once_little_waits_in_the_kernel_and_a_dead_peer_is_let_go() -> None:
    """Nagle's algorithm held events back for 40 ms until the listening socket named its protocol."""
    listener = Listener("127.0.0.1", 0)
    accepted: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("socket")
        options = [peer.getsockopt(socket.IPPROTO_TCP, name) for name in (socket.TCP_NODELAY, socket.TCP_USER_TIMEOUT)]
        options.append(peer.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF))
        accepted.set_result(options)
        writer.close()

    async with await asyncio.start_server(take, sock=listener.socket):
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        nodelay, user_timeout_ms, send_buffer = await accepted
        writer.close()
    assert nodelay
    assert user_timeout_ms == DEAD_PEER_MS
    assert send_buffer == 2 * SEND_BUFFER_BYTES, "the kernel doubles it, and does not let it grow"


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse, match="choose another port"):
        Listener("127.0.0.1", taken.getsockname()[1])


@pytest.mark.model
async def test_a_port_that_somebody_took_while_we_warmed_up_is_named_too(tmp_path: Path) -> None:
    first = Listener("127.0.0.1", 0)
    second = Listener("127.0.0.1", first.port)
    first.socket.listen()
    settings = load_settings(env_file=None, data_dir=tmp_path)
    async with running_parts(settings) as parts:
        with pytest.raises(PortInUse, match="choose another port"):
            await second.serve(parts, asyncio.Event(), lambda: None)
    first.close()
    second.close()


def test_an_address_that_is_not_this_machines_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        Listener("192.0.2.1", 0)


@pytest.mark.model
async def test_http_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.app.WEB", tmp_path / "web")
    async with EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server:
        base = server.url.replace("ws://", "http://")
        front = await asyncio.to_thread(read, base + "/")
        (tmp_path / "web").mkdir()
        (tmp_path / "web/index.html").write_text("<title>built</title>")
        built = await asyncio.to_thread(read, base + "/")
        ready = await asyncio.to_thread(read, base + "/readyz")
        metrics = await asyncio.to_thread(read, base + "/metrics")
    assert "Sidenote is running" in front
    assert built == "<title>built</title>"
    assert json.loads(ready) == {"status": "ok", "speech_to_text": {"waiting": 0, "wait_s": 0.0, "full": False}}
    assert "process_resident_memory_bytes" in metrics


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


async def test_a_server_that_goes_down_or_has_lost_redis_asks_for_no_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))

    async def readiness(parts: Parts, endpoint: Endpoint) -> tuple[int, str]:
        transport = httpx.ASGITransport(create_app(parts, endpoint))
        async with httpx.AsyncClient(transport=transport, base_url="http://sidenote.test") as client:
            answer = await client.get("/readyz")
            return answer.status_code, answer.json().get("message", "")

    async with running_parts(load_settings(env_file=None, data_dir=tmp_path)) as parts:
        endpoint = create_endpoint(parts, 1)
        assert await readiness(parts, endpoint) == (200, "")
        lost = replace(parts, exchange=replace(parts.exchange, is_up=lambda: False))
        assert await readiness(lost, endpoint) == (503, "Redis can't be reached just now.")
        endpoint.drain()
        assert await readiness(parts, endpoint) == (503, "This server goes down.")


async def test_a_page_is_told_why_it_is_turned_away_and_gets_new_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("build_stt", "build_structurer", "build_detector_factory"):
        monkeypatch.setattr(f"server.wiring.{part}", getattr(scripted, part))
    async with EmbeddedServer(load_settings(env_file=None, data_dir=tmp_path)) as server:
        own = server.url.replace("ws://", "http://")
        async with httpx.AsyncClient(base_url=own, trust_env=False) as web:
            for origin in (own, f"chrome-extension://{EXTENSION_ID}"):
                headers = {"Origin": origin, "Authorization": f"Bearer {server.token}"}
                assert (await web.post("/socket/check", headers=headers)).json()["user_id"] == LOCAL_USER
                new = (await web.post("/v1/token", headers=headers)).json()["token"]
                assert server.parts.tokens.verify(new).user_id == LOCAL_USER
            foreign = await web.post("/socket/check", headers={**headers, "Origin": "https://evil.example"})
    assert foreign.json()["reason"] == "origin_not_allowed"
