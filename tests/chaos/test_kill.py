"""Three kills in the middle of an utterance, and one while a note waits to be decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.kill import Server, kill

pytestmark = [pytest.mark.flow, pytest.mark.model, pytest.mark.speech, pytest.mark.slow]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.stop()


@pytest.mark.timeout(300)  # loads the models five times, on whatever machine this is
async def test_what_was_said_before_and_after_a_kill_is_a_note_once(server: Server) -> None:
    report = await kill(server, runs=3, seed=1, tell=lambda report: None)
    assert report.runs == 3
    assert report.timers == 1
