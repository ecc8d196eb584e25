from pathlib import Path

import pytest

from storage.errors import InvalidTransition
from storage.note_status import TRANSITIONS, NoteStatus, check, markdown


@pytest.mark.parametrize("current", list(NoteStatus))
@pytest.mark.parametrize("target", list(NoteStatus))
def test_every_cell_is_either_an_arrow_or_refused(current: NoteStatus, target: NoteStatus) -> None:
    if target in TRANSITIONS[current]:
        check(current, target)
    else:
        with pytest.raises(InvalidTransition, match=f"status: {current}"):
            check(current, target)


def test_nothing_leaves_posted_or_cancelled_and_all_else_leads_on() -> None:
    assert {status for status, arrows in TRANSITIONS.items() if not arrows} == {NoteStatus.POSTED, NoteStatus.CANCELLED}
    reached = {NoteStatus.GHOST}
    for _ in NoteStatus:
        reached |= {target for status in reached for target in TRANSITIONS[status]}
    assert reached == set(NoteStatus)


def test_the_page_prints_this_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "storage.md"
    assert markdown() in page.read_text(encoding="utf-8")
