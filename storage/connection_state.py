"""The states of a user's login at one site and every arrow between them: one table, printed in docs/posting.md.

Pure: no database, no clock.
"""

from datetime import timedelta
from enum import StrEnum

from storage.errors import InvalidTransition

LOGIN_WINDOW = timedelta(minutes=15)  # how long a person may take to log in; nothing is posted meanwhile


class ConnectionState(StrEnum):
    AWAITING_AUTH = "awaiting_auth"  # the person has a window open to log in
    ACTIVE = "active"  # the site knew the login when it was last used
    EXPIRED = "expired"  # it knew it once and asks for it again
    LOGGED_OUT = "logged_out"  # none is stored
    FAILED = "failed"  # the person closed the window without having logged in


_S = ConnectionState

TRANSITIONS: dict[ConnectionState, dict[ConnectionState, str]] = {
    _S.AWAITING_AUTH: {
        _S.AWAITING_AUTH: "asked for again",
        _S.ACTIVE: "logged in",
        _S.FAILED: "not logged in, or given up",
        _S.LOGGED_OUT: "reset",
    },
    _S.ACTIVE: {
        _S.ACTIVE: "used",
        _S.EXPIRED: "the site asks for a login",
        _S.AWAITING_AUTH: "asked for again",
        _S.LOGGED_OUT: "reset",
    },
    _S.EXPIRED: {
        _S.EXPIRED: "still",
        _S.ACTIVE: "the site knows it again",
        _S.AWAITING_AUTH: "asked for again",
        _S.LOGGED_OUT: "reset",
    },
    _S.LOGGED_OUT: {
        _S.LOGGED_OUT: "reset again",
        _S.EXPIRED: "the site asks for a login",
        _S.ACTIVE: "the site knows it",
        _S.AWAITING_AUTH: "asked for again",
    },
    _S.FAILED: {
        _S.FAILED: "again",
        _S.EXPIRED: "the site asks for a login",
        _S.ACTIVE: "the site knows it",
        _S.AWAITING_AUTH: "asked for again",
        _S.LOGGED_OUT: "reset",
    },
}


def check(current: str, target: ConnectionState) -> None:
    """Raise InvalidTransition unless a login may go from ``current`` to ``target``."""
    state = ConnectionState(current)
    if target not in TRANSITIONS[state]:
        raise InvalidTransition(f"The login is {state}: it can't become {target}. Look at `sidenote connections`.")


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = [f"    {a} --> {b}: {why}" for a, arrows in TRANSITIONS.items() for b, why in arrows.items() if a is not b]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {ConnectionState.LOGGED_OUT}", *lines])
