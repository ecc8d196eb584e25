"""What a page is told about the door, and the tokens that last as long as they are used."""

import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from channels.auth import Tokens, bearer_of
from channels.limits import SocketSettings
from storage.errors import DatabaseUnavailable
from tests.channels.conftest import ORIGIN, SECRET, Serve, Site

FORGED = Tokens(b"another secret of thirty-two bytes", 600).issue("ada")
ELSEWHERE = "https://elsewhere.example"


def web_of(site: Site) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=site.url.replace("ws://", "http://"), trust_env=False)


@pytest.fixture
async def web(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with web_of(site) as client:
        yield client


def shown(token: str | None, origin: str | None = ORIGIN) -> dict[str, str]:
    """The headers with which a page asks."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {**headers, **({"Origin": origin} if origin else {})}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_would_be_let_in_is_told_so(method: str, site: Site, web: httpx.AsyncClient) -> None:
    token = site.tokens.issue("ada")
    answer = await web.request(method, "/socket/check", headers=shown(token))
    expires_at = site.tokens.verify(token).expires_at
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "user_id": "ada", "expires_at": expires_at})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Credentials" not in answer.headers


REFUSED: dict[str, tuple[dict[str, str], int, str]] = {
    "no token": (shown(None), 403, "token_missing"),
    "no bearer": ({"Authorization": "Basic YTpi"}, 403, "token_missing"),
    "a forged token": (shown(FORGED), 403, "token_refused"),
    "no token at all": (shown("nonsense"), 403, "token_refused"),
    "an expired token": (shown(Tokens(SECRET, -1).issue("ada")), 403, "token_expired"),
    "another origin": (shown(Tokens(SECRET, 600).issue("ada"), ELSEWHERE), 403, "origin_not_allowed"),
    "both": (shown(FORGED, ELSEWHERE), 403, "origin_not_allowed"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_the_check_says_what_the_handshake_decides(case: str, site: Site, web: httpx.AsyncClient) -> None:
    headers, status, reason = REFUSED[case]
    with pytest.raises(InvalidStatus) as refusal:
        async with site.raw(
            subprotocols=[],
            query=f"&token={bearer_of(headers.get('Authorization')) or ''}",
            origin=headers.get("Origin"),
        ):
            pass
    answer = await web.post("/socket/check", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "a page from anywhere can read why"
    handshake = refusal.value.response
    assert (handshake.status_code, handshake.body) == (status, f"{answer.json()['message']}\n".encode())


async def test_a_program_without_an_origin_needs_only_its_token(site: Site, web: httpx.AsyncClient) -> None:
    assert (await web.get("/socket/check", headers=shown(site.tokens.issue("ada"), None))).status_code == 200


@pytest.mark.parametrize("path", ["/socket/check", "/v1/token"])
async def test_a_server_that_goes_down_or_has_lost_its_database_is_not_ready(path: str, serve: Serve) -> None:
    async def unreachable(user_id: str) -> None:
        raise DatabaseUnavailable("The database can't be reached.")

    async with serve() as site, web_of(site) as web:
        headers = shown(site.tokens.issue("ada"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(site.endpoint, "_welcome", unreachable)
            lost = await web.post(path, headers=headers)
        site.endpoint.drain()
        down = await web.post(path, headers=headers)
    for answer, words in ((lost, "can't take connections now"), (down, "goes down")):
        assert (answer.status_code, answer.json()["reason"]) == (503, "not_ready")
        assert words in answer.json()["message"]


async def test_whoever_has_too_many_connections_is_told_so(serve: Serve) -> None:
    async with serve(SocketSettings(max_connections_per_user=1)) as site, web_of(site) as web:
        async with site.raw():
            answer = await web.get("/socket/check", headers=shown(site.tokens.issue("ada")))
            other = await web.get("/socket/check", headers=shown(site.tokens.issue("bob")))
        await site.figures.until("websocket_connections", 0)
        again = await web.get("/socket/check", headers=shown(site.tokens.issue("ada")))
    assert (answer.status_code, answer.json()) == (
        429,
        {
            "reason": "too_many_connections",
            "message": "Too many connections of this user: close one and try again.",
        },
    )
    assert (other.status_code, again.status_code) == (200, 200)


async def test_a_browser_may_ask_from_anywhere_whether_it_would_be_let_in(web: httpx.AsyncClient) -> None:
    asked = await web.options("/socket/check", headers=preflight(ELSEWHERE))
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Headers"] == "Authorization"


async def test_a_browser_may_ask_for_a_token_only_from_where_it_may_connect(web: httpx.AsyncClient) -> None:
    own = await web.options("/v1/token", headers=preflight(ORIGIN))
    assert own.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in own.headers["Access-Control-Allow-Methods"]
    foreign = await web.options("/v1/token", headers=preflight(ELSEWHERE))
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert own.headers["Vary"] == foreign.headers["Vary"] == "Origin"


def preflight(origin: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }


async def test_a_good_token_gets_a_new_one_that_lasts_as_long(site: Site, web: httpx.AsyncClient) -> None:
    answer = await web.post("/v1/token", headers=shown(Tokens(SECRET, 5000).issue("ada")))
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cache-Control"] == "no-store"
    new: dict[str, Any] = answer.json()
    assert site.tokens.verify(new["token"]).user_id == "ada"
    assert site.tokens.verify(new["token"]).expires_at == new["expires_at"]
    assert round(new["expires_at"] - time.time(), -1) == 5000
    async with site.raw(token=new["token"], origin=ORIGIN) as raw:
        assert (await raw.ask("1", "1", "user:ada", "phx_join", {}))["status"] == "ok"


@pytest.mark.parametrize("case", REFUSED)
async def test_no_new_token_without_what_a_connection_needs(case: str, web: httpx.AsyncClient) -> None:
    headers, status, reason = REFUSED[case]
    answer = await web.post("/v1/token", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert "token" not in answer.json()
    readable = headers.get("Origin") == ORIGIN
    assert ("Access-Control-Allow-Origin" in answer.headers) == readable


async def test_nothing_else_than_a_post_gets_a_token(site: Site, web: httpx.AsyncClient) -> None:
    assert (await web.get("/v1/token", headers=shown(site.tokens.issue("ada")))).status_code == 405


async def test_one_user_gets_only_so_many_tokens(serve: Serve) -> None:
    async with serve(SocketSettings(renewals_burst=2, renewals_per_s=1e-6)) as site, web_of(site) as web:
        ada, bob = shown(site.tokens.issue("ada")), shown(site.tokens.issue("bob"))
        statuses = [(await web.post("/v1/token", headers=ada)).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = await web.post("/v1/token", headers=ada)
        assert refused.json()["reason"] == "too_many_tokens"
        assert "use the last one" in refused.json()["message"]
        assert (await web.post("/v1/token", headers=bob)).status_code == 200
        assert (await web.get("/socket/check", headers=ada)).status_code == 200, "the old one is good all the same"


async def test_no_token_is_logged(site: Site, web: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("channels", "uvicorn"):
        caplog.set_level(logging.DEBUG, name)
    token = site.tokens.issue("ada")
    for path in ("/socket/check", "/v1/token"):
        for given in (token, FORGED):
            await web.post(path, headers=shown(given))
    for secret in (token, FORGED):
        assert secret.split(".")[2] not in caplog.text
