"""Keeps small secrets such as OAuth tokens unreadable at rest. Knows no table and no token: it takes what is like JSON.

The first key seals and all of them open, so that a key is replaced without anybody linking an account again: put the
new one in front, and take the old one away once every account was used: its tokens are renewed then, and sealed anew.
What was sealed is in no message and no repr.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """None of the keys opens it, or it was changed. The message is for the person whose account it is."""

    def __init__(self) -> None:
        super().__init__("The stored link to the account can't be read any more: link the account again.")


class Seal:
    def __init__(self, keys: Sequence[str]) -> None:
        """``keys`` as ``new_key`` makes them, the one that seals first. Raises ValueError, which shows no key."""
        if not keys:
            raise ValueError("No key to seal with: name at least one.")
        self._count = len(keys)
        self._fernet = MultiFernet([_fernet(key, place) for place, key in enumerate(keys, start=1)])

    def __repr__(self) -> str:
        return f"Seal(keys={self._count})"

    def seal(self, mapping: Mapping[str, Any]) -> bytes:
        """What may be stored. Raises TypeError for what JSON has no word for."""
        return self._fernet.encrypt(json.dumps(dict(mapping)).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """What was sealed. Raises SealBroken."""
        try:
            found = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError):
            raise SealBroken from None
        if not isinstance(found, dict):
            raise SealBroken
        return found


def new_key() -> str:
    """A fresh key: 32 random bytes as 44 letters."""
    return Fernet.generate_key().decode()


def _fernet(key: str, place: int) -> Fernet:
    try:
        return Fernet(key)
    except ValueError:
        raise ValueError(f"Key {place} is none: make one with automation.sealing.new_key().") from None
