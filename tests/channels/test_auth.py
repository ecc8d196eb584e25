"""Tokens open the door for a while, and nothing else does."""

import base64
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.auth import AUDIENCE, BEARER, AuthError, Tokens, origin_allowed, subprotocols_for, token_of

SECRET = b"a secret of thirty-two bytes or more"
TOKENS = Tokens(SECRET, 60)


def signed(secret: bytes = SECRET, algorithm: str = "HS256", **claims: object) -> str:
    whole = {"sub": "ada", "aud": AUDIENCE, "exp": int(time.time()) + 3600, **claims}
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, secret, algorithm)


def test_a_token_names_its_user_and_its_end() -> None:
    identity = TOKENS.verify(TOKENS.issue("ada"))
    assert identity.user_id == "ada"
    assert 50 < identity.expires_at - time.time() <= 60


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_it_says_where_to_get_one(token: str | None) -> None:
    with pytest.raises(AuthError, match="A token is needed: `sidenote token`"):
        TOKENS.verify(token)


def test_an_expired_token_says_so() -> None:
    with pytest.raises(AuthError, match=r"expired: get a new one \(`sidenote token`\)"):
        TOKENS.verify(signed(exp=int(time.time()) - 1))


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
    with pytest.raises(AuthError, match="not one of this server"):
        TOKENS.verify(token)


@given(st.text(min_size=1))
def test_nothing_but_a_refusal_comes_of_whatever_is_given(token: str) -> None:
    with pytest.raises(AuthError):
        TOKENS.verify(token)


def test_the_subprotocol_goes_before_the_query() -> None:
    assert token_of(subprotocols_for("a.b-c_d"), "query") == "a.b-c_d"
    assert token_of(["phoenix"], "query") == "query"
    assert token_of(["phoenix"], None) is None


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
