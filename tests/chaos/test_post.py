"""A short run of the kills: each step once, a few random instants on either database, a real browser."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console
from rich.progress import Progress

from tests.chaos.arena import Tally
from tests.chaos.post import RACERS, STEPS, chaos

pytestmark = [
    pytest.mark.flow,
    pytest.mark.slow,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.browser,
]


@pytest.mark.timeout(400)  # some thirty leases of a second run out, whatever machine this is
async def test_every_confirmed_note_is_one_comment_or_a_question() -> None:
    with (
        TemporaryDirectory(dir="/tmp") as folder,  # a socket's path must be short
        Progress(console=Console(file=io.StringIO())) as progress,
    ):
        tallies, faults = await chaos(Path(folder), seed=1, faults=2, progress=progress, brief=True)
    whole = sum(tallies.values(), Tally())
    assert (whole.twice, whole.lost) == (0, 0), tallies
    assert whole.comments + whole.asked == whole.notes
    assert whole.comments >= len(STEPS) + 2 * RACERS, "most are comments"
    assert tallies["the site hides new comments"].asked == tallies["the site hides new comments"].notes
    assert faults > len(STEPS)
