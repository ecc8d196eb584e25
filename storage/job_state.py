"""The states of a posting job and every arrow between them: one table, printed in docs/posting.md.

Nothing else decides what may follow what. Pure: no database, no clock.
"""

from enum import StrEnum

from storage.errors import InvalidTransition
from storage.note_status import NoteStatus


class JobState(StrEnum):
    QUEUED = "queued"  # a worker may take it from ``due_at`` on
    CLAIMED = "claimed"  # a worker is on its way: nothing of this attempt is on the site yet
    SUBMITTING = "submitting"  # written down before the click: the comment may be on the site
    POSTED = "posted"  # the site showed it
    FAILED = "failed"  # a dead letter: its attempts are spent
    NEEDS_ATTENTION = "needs_attention"  # only the person can say how it goes on
    WITHDRAWN = "withdrawn"  # the note was edited, scratched or deleted before the click


_S = JobState

TRANSITIONS: dict[JobState, dict[JobState, str]] = {
    _S.QUEUED: {
        _S.CLAIMED: "taken by a worker",
        _S.WITHDRAWN: "edited, scratched or deleted",
    },
    _S.CLAIMED: {
        _S.CLAIMED: "lease over: taken by another worker",
        _S.SUBMITTING: "about to click",
        _S.POSTED: "found on the site, from an earlier attempt",
        _S.QUEUED: "failed before the click: later again",
        _S.FAILED: "attempts spent, or it can't work",
        _S.NEEDS_ATTENTION: "login, captcha or decision needed",
        _S.WITHDRAWN: "edited, scratched or deleted",
    },
    _S.SUBMITTING: {
        _S.SUBMITTING: "lease over: another worker looks at the site",
        _S.POSTED: "the site shows it",
        _S.QUEUED: "surely not on the site: later again",
        _S.FAILED: "surely not on the site, attempts spent",
        _S.NEEDS_ATTENTION: "unsure whether it is on the site",
    },
    _S.POSTED: {},
    _S.FAILED: {
        _S.QUEUED: "asked for again",
        _S.WITHDRAWN: "discarded, edited, scratched or deleted",
    },
    _S.NEEDS_ATTENTION: {
        _S.QUEUED: "asked for again",
        _S.POSTED: "the person found it on the site",
        _S.WITHDRAWN: "discarded, edited, scratched or deleted",
    },
    _S.WITHDRAWN: {
        _S.QUEUED: "the same text was asked for again",
    },
}

HELD = frozenset({_S.CLAIMED, _S.SUBMITTING})  # by a worker, until its lease ends

NOTE_STATUS: dict[JobState, NoteStatus] = {
    _S.QUEUED: NoteStatus.PENDING_POST,
    _S.CLAIMED: NoteStatus.PENDING_POST,
    _S.SUBMITTING: NoteStatus.POSTING,
    _S.POSTED: NoteStatus.POSTED,
    _S.FAILED: NoteStatus.FAILED,
    _S.NEEDS_ATTENTION: NoteStatus.NEEDS_ATTENTION,
}
"""The status of the job's note. A job is withdrawn because its note changed, so that one decides."""


def check(current: str, target: JobState) -> None:
    """Raise InvalidTransition unless a job may go from ``current`` to ``target``."""
    state = JobState(current)
    if target not in TRANSITIONS[state]:
        raise InvalidTransition(f"The job is {state}: it can't become {target}. Look at it again.")


def markdown() -> str:
    """The table as docs/posting.md prints it."""
    rows = [f"| `{a}` | `{b}` | {why} |" for a, arrows in TRANSITIONS.items() for b, why in arrows.items()]
    return "\n".join(["| from | to | when |", "|---|---|---|", *rows])


def diagram() -> str:
    """The same as a Mermaid state diagram."""
    lines = [f"    {a} --> {b}: {why}" for a, arrows in TRANSITIONS.items() for b, why in arrows.items() if a is not b]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {JobState.QUEUED}: post asked for", *lines])
