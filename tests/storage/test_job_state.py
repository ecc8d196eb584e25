from pathlib import Path

import pytest

from storage.errors import InvalidTransition
from storage.job_state import HELD, NOTE_STATUS, TRANSITIONS, JobState, check, diagram, markdown
from storage.note_status import TRANSITIONS as NOTE_TRANSITIONS


@pytest.mark.parametrize("current", list(JobState))
@pytest.mark.parametrize("target", list(JobState))
def test_every_cell_is_either_an_arrow_or_refused(current: JobState, target: JobState) -> None:
    if target in TRANSITIONS[current]:
        check(current, target)
    else:
        with pytest.raises(InvalidTransition, match=f"job is {current}"):
            check(current, target)


def test_nothing_leaves_posted_and_all_else_leads_on() -> None:
    assert {state for state, arrows in TRANSITIONS.items() if not arrows} == {JobState.POSTED}
    reached = {JobState.QUEUED}
    for _ in JobState:
        reached |= {target for state in reached for target in TRANSITIONS[state]}
    assert reached == set(JobState)


def test_once_the_click_is_due_nobody_can_take_the_job_back() -> None:
    assert JobState.WITHDRAWN not in TRANSITIONS[JobState.SUBMITTING]
    assert {JobState.CLAIMED, JobState.SUBMITTING} == HELD


def test_the_note_can_follow_wherever_its_job_goes() -> None:
    for current, arrows in TRANSITIONS.items():
        for target in arrows:
            if JobState.WITHDRAWN in (current, target):
                continue  # there the note goes first
            before, after = NOTE_STATUS[current], NOTE_STATUS[target]
            assert before == after or after in NOTE_TRANSITIONS[before], (current, target)


def test_the_page_prints_this_table_and_this_diagram() -> None:
    page = (Path(__file__).parents[2] / "docs" / "posting.md").read_text(encoding="utf-8")
    assert markdown() in page
    assert diagram() in page
