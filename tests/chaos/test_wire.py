"""Speech over connections that are cut, a follower that is cut off for too long, and that a loss would be seen."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.fuzz import PROGRAM
from tests.chaos.report import Violation
from tests.chaos.sessions import stored
from tests.chaos.wire import SETTINGS, outrun, wire
from tests.flows.process import serving

PCM = bytes(range(200))  # 100 samples


@pytest.mark.flow
@pytest.mark.model
@pytest.mark.speech
@pytest.mark.slow
@pytest.mark.timeout(300)  # decodes thirty-two utterances, on whatever machine this is
async def test_speech_over_cut_connections_is_as_uncut(tmp_path: Path) -> None:
    with serving(tmp_path, log=tmp_path / "log", settings=SETTINGS) as server:
        report = await wire(server, tmp_path, utterances=20, seed=1, tell=lambda report: None)
    assert report.utterances == 20


@pytest.mark.flow
async def test_a_follower_that_the_history_outran_gets_a_snapshot(tmp_path: Path) -> None:
    with serving(tmp_path, log=tmp_path / "log", program=PROGRAM, settings=SETTINGS) as server:
        assert await outrun(server, seed=1) > 100
        assert server.bugs() == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a database of one session and no audio."""
    with closing(sqlite3.connect(tmp_path / "sidenote.sqlite3")) as database:
        database.execute("CREATE TABLE notes (session_id, utterance, part, transcript, text, timestamp_s, status)")
        database.execute("CREATE TABLE audio_chunks (session_id, capture, start_sample, samples, pcm)")
    return tmp_path


def keep(folder: Path, *chunks: tuple[int, bytes]) -> None:
    with closing(sqlite3.connect(folder / "sidenote.sqlite3")) as database:
        rows = [("s1", 1, start, len(pcm) // 2, pcm) for start, pcm in chunks]
        database.executemany("INSERT INTO audio_chunks VALUES (?, ?, ?, ?, ?)", rows)
        database.commit()


def test_audio_is_the_same_however_it_was_stored(folder: Path) -> None:
    keep(folder, (0, PCM[:100]), (50, PCM[100:]))
    parts = stored(folder, "s1").audio
    with closing(sqlite3.connect(folder / "sidenote.sqlite3")) as database:
        database.execute("DELETE FROM audio_chunks")
        database.commit()
    keep(folder, (0, PCM))
    assert parts == stored(folder, "s1").audio != {}


@pytest.mark.parametrize("second", [51, 49, 0], ids=["lost", "doubled", "again"])
def test_a_sample_lost_or_doubled_is_a_violation(folder: Path, second: int) -> None:
    keep(folder, (0, PCM[:100]), (second, PCM[100:]))
    with pytest.raises(Violation, match="does not go on at sample"):
        stored(folder, "s1")
