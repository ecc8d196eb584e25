"""Rules that the columns can't hold themselves, and the column types that behave alike on both engines.

Pure: no connection is touched here.
"""

import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from storage.errors import InvalidValue

ID_LENGTH = 64
NOTE_LENGTH = 200  # characters of a note
TRANSCRIPT_LENGTH = 20_000  # characters; a minute of speech is about a thousand
CATEGORIES = frozenset({"pacing", "audio", "color", "graphics", "content", "typo", "praise", "question", "other"})


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, always UTC. SQLite has no time zones, so they are taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidValue("A time without a zone can't be stored: give an aware datetime.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """The time as it is stored: aware, UTC."""
    return datetime.now(UTC)


def checked_text(name: str, value: str, limit: int, *, empty: bool = False) -> str:
    """``value`` without blanks at its ends; raises InvalidValue when empty, too long or not storable."""
    text = value.strip()
    if not text and not empty:
        raise InvalidValue(f"The {name} is empty. Give at least one character.")
    if len(text) > limit:
        raise InvalidValue(f"The {name} has {len(text)} characters, at most {limit} are kept. Shorten it.")
    # NUL is refused by PostgreSQL, half of a surrogate pair by both engines.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidValue(f"The {name} holds characters that can't be stored. Remove them.")
    return text


def checked_category(value: str) -> str:
    if value not in CATEGORIES:
        raise InvalidValue(f"Unknown category {value[:40]!r}. Use one of: {', '.join(sorted(CATEGORIES))}.")
    return value


def checked_seconds(name: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0):
        raise InvalidValue(f"The {name} must be zero or more seconds, not {value}.")
    return float(value)


def checked_confidence(value: float) -> float:
    if not 0 <= value <= 1:
        raise InvalidValue(f"The confidence must lie between 0 and 1, not {value}.")
    return float(value)


def checked_count(name: str, value: int, *, least: int = 0) -> int:
    if not least <= value <= 2**53:  # exact in every client's numbers
        raise InvalidValue(f"The {name} must be a whole number from {least}, not {value}.")
    return value


def checked_list(name: str, value: Any, limit: int) -> list[dict[str, Any]]:
    items = [dict(item) for item in value]
    if len(items) > limit:
        raise InvalidValue(f"{len(items)} {name} were given, at most {limit} are kept. Send fewer.")
    return items
