"""The statuses of a note and every arrow between them: one table, printed in docs/storage.md.

Nothing else decides what may follow what. Pure: no database, no clock.
"""

from enum import StrEnum

from storage.errors import InvalidTransition


class NoteStatus(StrEnum):
    GHOST = "ghost"  # drafted, nobody has decided
    FIRMED = "firmed"  # kept: confirmed or edited
    PENDING_POST = "pending_post"  # a post is due
    POSTING = "posting"  # a worker is sending it: too late to take back
    POSTED = "posted"
    CANCELLED = "cancelled"
    FAILED = "failed"  # retries are spent
    NEEDS_ATTENTION = "needs_attention"  # only the person can say how it goes on


_S = NoteStatus

TRANSITIONS: dict[NoteStatus, dict[NoteStatus, str]] = {
    _S.GHOST: {_S.FIRMED: "kept or edited", _S.CANCELLED: "scratched"},
    _S.FIRMED: {_S.FIRMED: "edited", _S.PENDING_POST: "post asked for", _S.CANCELLED: "scratched"},
    _S.PENDING_POST: {
        _S.FIRMED: "edited: consent is gone",
        _S.POSTING: "a worker is about to send it",
        _S.POSTED: "found on the site, from an earlier attempt",
        _S.FAILED: "retries spent",
        _S.NEEDS_ATTENTION: "login needed",
        _S.CANCELLED: "scratched",
    },
    _S.POSTING: {
        _S.PENDING_POST: "will be tried again",
        _S.POSTED: "the site shows it",
        _S.FAILED: "retries spent",
        _S.NEEDS_ATTENTION: "unsure, or login needed",
    },
    _S.POSTED: {},
    _S.CANCELLED: {},
    _S.FAILED: {_S.FIRMED: "edited", _S.PENDING_POST: "retry asked for", _S.CANCELLED: "scratched"},
    _S.NEEDS_ATTENTION: {
        _S.FIRMED: "edited",
        _S.PENDING_POST: "retry asked for",
        _S.POSTED: "the person found it on the site",
        _S.CANCELLED: "scratched",
    },
}

_REFUSALS: dict[NoteStatus, str] = {
    _S.POSTING: "It is too late: the note is being posted. Wait until it is posted, then change it on the site.",
    _S.POSTED: "It is too late: the note is posted. Change or delete the comment on the site.",
    _S.CANCELLED: "The note was scratched. Say or write it again to have it back.",
}


def check(current: str, target: NoteStatus) -> None:
    """Raise InvalidTransition unless a note may go from ``current`` to ``target``."""
    status = NoteStatus(current)
    if target not in TRANSITIONS[status]:
        reason = _REFUSALS.get(status, f"Reload the note: it can't become {target}.")
        raise InvalidTransition(f"{reason} (status: {status})")


def markdown() -> str:
    """The table as docs/storage.md prints it."""
    rows = [f"| `{a}` | `{b}` | {why} |" for a, arrows in TRANSITIONS.items() for b, why in arrows.items()]
    return "\n".join(["| from | to | when |", "|---|---|---|", *rows])
