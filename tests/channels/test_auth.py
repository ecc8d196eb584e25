"""Tokens open the door for a while, and nothing else does."""

import base64
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.auth import (
    AUDIENCE,
    BEARER,
    AuthError,
    Tokens,
    bearer_of,
    origin_allowed,
    subprotocols_for,
    token_of,
)

SECRET = b"a secret of thirty-two bytes or more"
TOKENS = Tokens(SECRET, 60)


def signed(secret: bytes = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    whole = {"sub": "ada", "aud": AUDIENCE, "exp": int(time.time()) + 3600, **claims}
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, secret, algorithm)


def test_a_token_names_its_user_and_its_end() -> None:
    identity = TOKENS.verify(TOKENS.issue("ada"))
    assert identity.user_id == "ada"
    assert 50 < identity.expires_at - time.time() <= 60


def test_a_token_may_be_good_for_longer_than_usual() -> None:
    assert 86_390 < TOKENS.verify(TOKENS.issue("ada", 86_400)).expires_at - time.time() <= 86_400


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_it_says_where_to_get_one(token: str | None) -> None:
    with pytest.raises(AuthError, match="A token is needed: `sidenote token`") as refusal:
        TOKENS.verify(token)
    assert refusal.value.reason == "token_missing"


def test_an_expired_token_says_so() -> None:
    for use in (TOKENS.verify, TOKENS.renewed):
        with pytest.raises(AuthError, match=r"expired: get a new one \(`sidenote token`\)") as refusal:
            use(signed(exp=int(time.time()) - 1))
        assert refusal.value.reason == "token_expired"


@pytest.mark.parametrize(
    "token",
    [
        "nonsense",
        "a.b.c",
        signed(b"another secret of thirty-two bytes"),
        signed(algorithm="HS512", secret=SECRET * 2),
        signed(aud="elsewhere"),
        signed(aud=None),
        signed(exp=None),
        signed(sub=None),
        jwt.encode({"sub": "ada", "aud": AUDIENCE, "exp": int(time.time()) + 3600}, "", "none"),
    ],
)
def test_a_token_that_this_server_did_not_issue_opens_nothing(token: str) -> None:
    for use in (TOKENS.verify, TOKENS.renewed):
        with pytest.raises(AuthError, match="not one of this server") as refusal:
            use(token)
        assert refusal.value.reason == "token_refused"


def test_a_token_gets_another_that_lasts_as_long_from_now_on() -> None:
    now_s = int(time.time())
    old = signed(iat=now_s - 9000, exp=now_s + 1000)
    new = TOKENS.verify(TOKENS.renewed(old))
    assert (new.user_id, round(new.expires_at - time.time(), -1)) == ("ada", 10_000)
    again = TOKENS.verify(TOKENS.renewed(TOKENS.renewed(old)))
    assert round(again.expires_at - time.time(), -1) == 10_000


def test_a_token_that_does_not_say_since_when_gets_one_of_the_usual_time() -> None:
    assert round(TOKENS.verify(TOKENS.renewed(signed())).expires_at - time.time(), -1) == 60


def test_the_clock_of_the_server_that_issued_a_token_may_be_ahead() -> None:
    assert TOKENS.verify(signed(iat=int(time.time()) + 30)).user_id == "ada"


@given(st.text(min_size=1))
def test_nothing_but_a_refusal_comes_of_whatever_is_given(token: str) -> None:
    with pytest.raises(AuthError):
        TOKENS.verify(token)


def test_the_subprotocol_goes_before_the_query() -> None:
    assert token_of(subprotocols_for("a.b-c_d"), "query") == "a.b-c_d"
    assert token_of(["phoenix"], "query") == "query"
    assert token_of(["phoenix"], None) is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer a.b-c_d", "a.b-c_d"),
        ("bearer  a.b.c ", "a.b.c"),
        ("Basic a.b.c", None),
        ("Bearer", ""),
        ("", None),
        (None, None),
    ],
)
def test_plain_requests_have_it_in_a_header(header: str | None, token: str | None) -> None:
    assert bearer_of(header) == token


@given(st.text(min_size=1))
def test_either_alphabet_of_base64_is_read(token: str) -> None:
    standard = base64.b64encode(token.encode()).decode().rstrip("=")
    safe = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
    assert token_of([BEARER + standard], None) == token_of([BEARER + safe], None) == token


@pytest.mark.parametrize("encoded", ["%%%", "a", "//8"])
def test_a_token_that_cant_be_read_is_not_the_same_as_none(encoded: str) -> None:
    with pytest.raises(AuthError, match="not one of this server"):
        TOKENS.verify(token_of([BEARER + encoded], "query"))


def test_an_origin_has_to_be_listed_to_the_letter_and_an_absent_one_is_no_pages() -> None:
    allowed = frozenset({"chrome-extension://abc"})
    assert origin_allowed(None, allowed)
    assert origin_allowed("chrome-extension://abc", allowed)
    for other in ("", "null", "chrome-extension://abcd", "CHROME-EXTENSION://abc", "chrome-extension://abc/"):
        assert not origin_allowed(other, allowed)
