"""automation/sealing.py: what is sealed comes back with any of the keys, and with nothing else."""

import base64
import traceback

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from automation.sealing import Seal, SealBroken, new_key

TOKENS = {"access_token": "ya29.secret", "refresh_token": "1//secret", "expires_at": 1_700_000_000.0}
KEY = new_key()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_sealed_comes_back(mapping: dict[str, object]) -> None:
    assert Seal([KEY]).open(Seal([KEY]).seal(mapping)) == mapping


def test_nothing_of_it_can_be_read() -> None:
    sealed = Seal([KEY]).seal(TOKENS)
    assert b"secret" not in sealed
    assert b"secret" not in base64.urlsafe_b64decode(sealed)
    assert sealed != Seal([KEY]).seal(TOKENS), "the same twice looks different"


def test_all_keys_open_and_the_first_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Seal([old]).seal(TOKENS)
    both = Seal([new, old])
    assert both.open(sealed) == TOKENS
    anew = both.seal(TOKENS)
    assert Seal([new]).open(anew) == TOKENS
    with pytest.raises(SealBroken):
        Seal([old]).open(anew)


@pytest.mark.parametrize("damage", ["another key", "cut", "changed", "nothing", "no seal at all"])
def test_a_wrong_key_or_damage_says_what_to_do(damage: str) -> None:
    sealed = Seal([KEY]).seal(TOKENS)
    changed = bytearray(sealed)
    changed[40] ^= 1
    damaged = {"cut": sealed[:-9], "changed": bytes(changed), "nothing": b"", "no seal at all": b"\xff\x00 text"}
    seal = Seal([new_key() if damage == "another key" else KEY])
    with pytest.raises(SealBroken, match="link the account again") as caught:
        seal.open(damaged.get(damage, sealed))
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_what_is_no_mapping_is_not_taken_for_one() -> None:
    with pytest.raises(SealBroken):
        Seal([KEY]).open(Fernet(KEY).encrypt(b"[1]"))
    with pytest.raises(SealBroken):
        Seal([KEY]).open(Fernet(KEY).encrypt(b"not JSON"))


@pytest.mark.parametrize("bad", ["", "short", "ключ", "x" * 43])
def test_a_key_that_is_none_is_named_by_its_place_and_not_shown(bad: str) -> None:
    with pytest.raises(ValueError, match=r"Key 2 is none.*new_key") as caught:
        Seal([KEY, bad])
    shown = "".join(traceback.format_exception_only(caught.value))
    assert KEY not in shown
    assert not bad or bad not in shown
    with pytest.raises(ValueError, match="at least one"):
        Seal([])


def test_a_seal_shows_no_key() -> None:
    assert repr(Seal([KEY])) == "Seal(keys=1)"
