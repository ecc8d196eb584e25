import pytest

from storage.connections import parsed, shown
from storage.errors import InvalidValue


@pytest.mark.parametrize(
    ("url", "made"),
    [
        ("sqlite:///data/notes.db", "sqlite+pysqlite:///data/notes.db"),
        ("sqlite:////var/lib/notes.db", "sqlite+pysqlite:////var/lib/notes.db"),
        ("sqlite+aiosqlite:///notes.db", "sqlite+pysqlite:///notes.db"),
        ("postgres://u:p@host:5433/name", "postgresql+asyncpg://u:p@host:5433/name"),
        ("postgresql://u@/name?host=/run/pg", "postgresql+asyncpg://u@/name?host=%2Frun%2Fpg"),
        ("postgresql+asyncpg://u@h/name", "postgresql+asyncpg://u@h/name"),
        ("postgresql+psycopg://u@h/name?sslmode=require", "postgresql+asyncpg://u@h/name?ssl=require"),
    ],
)
def test_urls_get_the_driver_of_this_project(url: str, made: str) -> None:
    assert parsed(url).render_as_string(hide_password=False) == made


@pytest.mark.parametrize(
    "url", ["", "notes.db", "mysql://u@h/name", "sqlite://", "sqlite:///:memory:", "postgres://h:port/name"]
)
def test_a_url_that_cant_be_used_says_what_can(url: str) -> None:
    with pytest.raises(InvalidValue, match="Use sqlite:///"):
        parsed(url)


def test_a_password_is_never_shown() -> None:
    assert shown(parsed("postgres://ada:secret@host/name")) == "postgresql://ada:***@host/name"
