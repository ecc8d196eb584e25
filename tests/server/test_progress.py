"""When a review is over."""

from typing import Any

from server.progress import Progress
from server.summary import Received


def moved(progress: Progress, microphone: str, *runs: str) -> None:
    states = [{"utterance": n, "state": state} for n, state in enumerate(runs, 1)]
    payload: dict[str, Any] = {"microphone": microphone, "state": microphone, "runs": states}
    progress.take(Received(0.0, "session:s", "state_changed", None, payload))


def test_it_is_over_once_every_capture_is_heard_and_every_run_decided() -> None:
    progress = Progress()
    assert not progress.over(2)
    moved(progress, "listening")
    assert not progress.over(1)
    moved(progress, "idle", "transcribing")
    assert not progress.over(1)
    moved(progress, "listening", "confirming")
    assert not progress.over(2)
    moved(progress, "idle", "confirming", "structuring")
    assert not progress.over(2)
    moved(progress, "idle", "confirming", "confirming")
    assert progress.over(2)
    assert not progress.over(3)


def test_a_pause_does_not_count_as_another_capture() -> None:
    progress = Progress()
    for microphone in ("listening", "paused", "listening", "idle"):
        moved(progress, microphone)
    assert progress.over(1)
    assert not progress.over(2)


def test_one_that_waits_counts_a_note_only_after_its_confirm_time() -> None:
    progress = Progress(wait=True)
    moved(progress, "listening")
    moved(progress, "idle", "confirming")
    assert not progress.over(1)
    moved(progress, "idle")
    assert progress.over(1)


def test_failures_are_kept_for_the_end() -> None:
    progress = Progress()
    progress.take(Received(0.0, "session:s", "agent_error", None, {"reason": "capture", "message": "Lost: plug in."}))
    assert progress.failures == ["Lost: plug in."]


def test_after_missed_events_only_a_new_snapshot_tells() -> None:
    progress = Progress()
    moved(progress, "listening")
    snapshot = {"microphone": "idle", "state": "idle", "runs": [], "notes": []}
    progress.take(Received(0.0, "session:s", "snapshot", None, snapshot))
    assert progress.stale
    moved(progress, "idle")
    assert not progress.over(1), "there may be more that the snapshot did not know of"
    progress.renew({**snapshot, "runs": [{"utterance": 2, "state": "structuring"}]}, 2)
    assert not progress.over(2)
    moved(progress, "idle")
    assert progress.over(2)
