"""automation/linking.py against a server that plays Google's: an account is linked, or the person hears why not."""

import asyncio
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from automation.linking import (
    LINK_AGAIN,
    MAX_BODY,
    SCOPE,
    Answer,
    ConsentRefused,
    EndpointFailed,
    ForeignAnswer,
    Linking,
    NoAnswer,
    Tokens,
    Unanswered,
    ask,
    http_client,
)
from automation.sites.contract import AskPerson, Later
from tests.automation.google.lookalike import CLIENT_ID, CLIENT_SECRET, Failure, Google, serving


@pytest.fixture
def google() -> Iterator[Google]:
    with serving() as served:
        yield served


@pytest.fixture
def linking(google: Google) -> Linking:
    return linking_to(google)


def linking_to(google: Google, secret: str = CLIENT_SECRET) -> Linking:
    return Linking(
        CLIENT_ID,
        secret,
        authorise_url=f"{google.url}/o/oauth2/v2/auth",
        token_url=f"{google.url}/token",
        request_limit_s=1.0,
    )


async def agree(url: str) -> httpx.Response:
    """What the person's browser does with the consent address."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        return await browser.get(url)


def redirect_of(url: str) -> tuple[str, str]:
    asked = parse_qs(urlsplit(url).query)
    return asked["redirect_uri"][0], asked["state"][0]


async def test_an_account_is_linked(google: Google, linking: Linking) -> None:
    async with linking.begin() as consent:
        shown, tokens = await asyncio.gather(agree(consent.url), consent.tokens())
    assert (shown.status_code, "Thank you" in shown.text) == (200, True)
    assert tokens.access_token in google.access
    assert tokens.refresh_token in google.refresh
    assert 3500 < tokens.expires_at - time.time() < 3600
    assert (google.forms[0]["grant_type"], len(google.forms)) == ("authorization_code", 1)


async def test_what_is_asked_for(linking: Linking) -> None:
    async with linking.begin() as one, linking.begin() as two:
        asked, other = (parse_qs(urlsplit(consent.url).query) for consent in (one, two))
    assert asked["scope"] == [SCOPE]
    assert (asked["access_type"], asked["prompt"], asked["code_challenge_method"]) == (
        ["offline"],
        ["consent"],
        ["S256"],
    )
    assert len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    for fresh in ("state", "code_challenge", "redirect_uri"):
        assert asked[fresh] != other[fresh]


async def test_a_refusal_is_told_to_the_page_and_the_caller(google: Google, linking: Linking) -> None:
    google.says_no = True
    async with linking.begin() as consent:
        shown = await agree(consent.url)
        with pytest.raises(ConsentRefused, match="refused"):
            await consent.tokens()
    assert "Access was refused" in shown.text
    assert google.forms == []


async def test_a_right_that_was_left_out_is_named(google: Google, linking: Linking) -> None:
    google.grants = "openid"
    async with linking.begin() as consent:
        await agree(consent.url)
        with pytest.raises(ConsentRefused, match="tick"):
            await consent.tokens()


@pytest.mark.parametrize("state", ["another", "", "schlüssel"])
async def test_an_answer_with_another_state_is_not_taken(google: Google, linking: Linking, state: str) -> None:
    async with linking.begin() as consent:
        redirect, _ = redirect_of(consent.url)
        async with httpx.AsyncClient() as browser:
            shown = await browser.get(redirect, params={"code": "4/of-somebody-else", "state": state})
        with pytest.raises(ForeignAnswer):
            await consent.tokens()
    assert "not taken" in shown.text
    assert google.forms == []


async def test_nobody_agrees_in_time(linking: Linking) -> None:
    async with linking.begin() as consent:
        with pytest.raises(NoAnswer, match="in time"):
            await consent.tokens(limit_s=0.05)


async def test_what_is_not_about_consent_is_turned_away_and_waited_past(google: Google, linking: Linking) -> None:
    async with linking.begin() as consent:
        redirect, _ = redirect_of(consent.url)
        async with httpx.AsyncClient() as browser:
            others = [
                await browser.get(redirect),
                await browser.get(f"{redirect}favicon.ico?code=1"),
                await browser.post(redirect, params={"code": "1"}),
            ]
        port = urlsplit(redirect).port
        unused = await asyncio.open_connection("127.0.0.1", port)
        for sent in (b"nonsense\r\n\r\n", b"GET http://[/ HTTP/1.1\r\n\r\n", b"x" * 20_000):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            assert b"200 OK" not in await reader.read(100)
            writer.close()
        await agree(consent.url)
        assert (await consent.tokens()).access_token in google.access
        late = await agree(consent.url)
    assert [other.status_code for other in (*others, late)] == [404] * 4
    assert await unused[0].read() == b"", "closed with the server"
    unused[1].close()


async def test_the_server_is_gone_afterwards(linking: Linking) -> None:
    async with linking.begin() as consent:
        redirect, _ = redirect_of(consent.url)
    with pytest.raises(OSError, match="Connect"):
        await asyncio.open_connection("127.0.0.1", urlsplit(redirect).port)


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (Failure(500, "internal_failure"), "status 500"),
        (Failure(400, "invalid_grant"), "status 400"),
        (Failure(401, "invalid_client"), "OAuth client"),
        (Failure(200, body="<html>"), "status 200"),
        (Failure(breaks=True), "did not answer"),
        (Failure(hangs=True), "did not answer"),
        (Failure(200, body="x" * (MAX_BODY + 1)), "did not answer"),
    ],
)
async def test_an_endpoint_that_fails_is_said(google: Google, linking: Linking, failure: Failure, why: str) -> None:
    google.fail("token", failure)
    async with linking.begin() as consent:
        await agree(consent.url)
        with pytest.raises(EndpointFailed, match=why):
            await consent.tokens()
    assert len(google.forms) == 1


async def test_a_client_that_google_does_not_know_is_said(google: Google) -> None:
    wrong = linking_to(google, "another secret")
    async with wrong.begin() as consent:
        await agree(consent.url)
        with pytest.raises(EndpointFailed, match="OAuth client"):
            await consent.tokens()
    with pytest.raises(AskPerson, match="OAuth client"):
        await wrong.renewed(tokens(0))
    with pytest.raises(ValueError, match="Desktop app"):
        Linking("", CLIENT_SECRET)


def tokens(lasts_s: float, refresh: str = "1//refresh") -> Tokens:
    return Tokens("ya29.first", refresh, time.time() + lasts_s)


@pytest.mark.parametrize(("lasts_s", "renewals"), [(3000, 0), (70, 0), (50, 1), (-10, 1)])
async def test_tokens_are_renewed_a_minute_before_they_end(
    google: Google, linking: Linking, lasts_s: float, renewals: int
) -> None:
    held = tokens(lasts_s)
    renewed = await linking.refreshed(held)
    assert len(google.forms) == renewals
    assert (renewed == held) == (renewals == 0)
    assert renewed.refresh_token == held.refresh_token
    assert renewed.access_token in google.access


async def test_a_grant_that_was_taken_back_asks_for_a_new_link(linking: Linking) -> None:
    with pytest.raises(AskPerson, match=LINK_AGAIN):
        await linking.refreshed(tokens(0, "1//revoked"))


@pytest.mark.parametrize("failure", [Failure(503, "x"), Failure(429, "x"), Failure(breaks=True), Failure(hangs=True)])
async def test_a_renewal_that_fails_for_now_is_tried_later(google: Google, linking: Linking, failure: Failure) -> None:
    google.fail("token", failure)
    with pytest.raises(Later):
        await linking.refreshed(tokens(0))


def test_tokens_are_stored_and_shown_nowhere() -> None:
    held = tokens(10)
    assert Tokens.read(held.stored()) == held
    assert "ya29" not in repr(held)
    assert "1//" not in repr(held)
    assert "ya29" not in repr(Answer(200, held.stored()))
    for damaged in ({}, held.stored() | {"refresh_token": None}, held.stored() | {"expires_at": "soon"}):
        with pytest.raises(AskPerson, match="link the YouTube account again"):
            Tokens.read(damaged)


async def test_a_redirect_is_not_followed(google: Google) -> None:
    async with http_client() as client:
        url = f"{google.url}/o/oauth2/v2/auth"
        asked = {"response_type": "code", "client_id": CLIENT_ID, "code_challenge_method": "S256", "scope": SCOPE}
        more = {"code_challenge": "c", "redirect_uri": "http://127.0.0.1:1/", "state": "s"}
        assert (await ask(client, "GET", url, params=asked | more)).status == 307


async def test_a_port_where_nobody_listens_is_no_answer() -> None:
    async with http_client() as client:
        with pytest.raises(Unanswered, match="ConnectError"):
            await ask(client, "GET", "http://127.0.0.1:1/?secret=1")
