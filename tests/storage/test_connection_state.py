"""The table of a login's states."""

from pathlib import Path

import pytest

from storage.connection_state import TRANSITIONS, ConnectionState, check, diagram
from storage.errors import InvalidTransition


def test_every_state_is_in_the_table_and_can_be_left() -> None:
    assert set(TRANSITIONS) == set(ConnectionState)
    for state, arrows in TRANSITIONS.items():
        assert ConnectionState.LOGGED_OUT in arrows, "whatever happened, a login can be deleted"
        assert set(arrows) - {state}


def test_a_window_is_asked_for_before_it_can_fail() -> None:
    check("awaiting_auth", ConnectionState.FAILED)
    for state in ("active", "expired", "logged_out"):
        with pytest.raises(InvalidTransition, match="can't become failed"):
            check(state, ConnectionState.FAILED)


def test_the_page_prints_this_diagram() -> None:
    page = (Path(__file__).parents[2] / "docs" / "posting.md").read_text(encoding="utf-8")
    assert diagram() in page
