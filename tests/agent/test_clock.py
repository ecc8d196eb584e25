"""Samples to video seconds, by replayed traces of the two clocks."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import MAX_ANCHORS, MAX_CLOCKS, SAVED, VideoClock
from tests.bench.players import KINDS, trace
from tests.bench.table import percentile

TRACES = sorted((Path(__file__).parent / "traces").glob("*.json"))
WALL = 1_700_000_000_000.0


def playing_from(media_s: float) -> VideoClock:
    clock = VideoClock()
    clock.anchor(1, 0, WALL)
    clock.tick(WALL, media_s, 1.0, paused=False)
    return clock


def test_normal_playback() -> None:
    assert playing_from(30.0).media_at(1, 32_000) == pytest.approx(32.0)


def test_paused_player_stands_still() -> None:
    clock = playing_from(30.0)
    clock.tick(WALL + 1000, 31.0, 1.0, paused=True)
    assert clock.media_at(1, 160_000) == pytest.approx(31.0)


def test_rate_change_counts_from_where_it_happened() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 2000, 2.0, 2.0, paused=False)
    assert clock.media_at(1, 16_000) == pytest.approx(1.0)
    assert clock.media_at(1, 48_000) == pytest.approx(4.0)


def test_seek_moves_what_is_spoken_after_it_only() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 1000, 120.0, 1.0, paused=False)
    assert clock.media_at(1, 8_000) == pytest.approx(0.5)
    assert clock.media_at(1, 24_000) == pytest.approx(120.5)


def test_the_newest_anchor_before_a_sample_serves_it() -> None:
    clock = playing_from(0.0)
    clock.anchor(1, 16_000, WALL + 61_000)  # the machine slept for a minute
    clock.tick(WALL + 61_000, 1.0, 1.0, paused=False)
    assert clock.media_at(1, 32_000) == pytest.approx(2.0)


def test_a_report_that_another_has_overtaken_is_put_where_it_belongs() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 2000, 61.9, 1.0, paused=False)
    clock.tick(WALL + 1900, 61.8, 1.0, paused=False)
    clock.tick(WALL + 1800, 61.7, 1.0, paused=False)  # where it had gone to
    assert clock.media_at(1, 16 * 1700) == pytest.approx(1.7)
    assert clock.media_at(1, 16 * 1950) == pytest.approx(61.85)


def test_after_the_clock_was_set_back_the_new_reports_count() -> None:
    clock = playing_from(100.0)
    clock.tick(WALL + 5000, 105.0, 1.0, paused=False)
    clock.tick(WALL + 2000, 106.0, 1.0, paused=False)
    clock.anchor(2, 0, WALL + 2500)
    assert clock.media_at(2, 0) == pytest.approx(106.5)
    assert clock.media_at(2, 64_000) == pytest.approx(110.5)


def test_a_report_that_is_known_changes_nothing() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 1000, 120.0, 1.0, paused=False)
    clock.tick(WALL + 2000, 5.0, 2.0, paused=True)
    saved, changes = clock.saved(), clock.changes
    clock.anchor(1, 0, WALL)
    clock.tick(WALL, 0.0, 1.0, paused=False)
    clock.tick(WALL + 1000, 120.0, 1.0, paused=False)
    assert (clock.saved(), clock.changes) == (saved, changes)


def test_a_player_that_loads_after_a_seek_stands() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 1000, 300.0, 1.0, paused=False)  # seeking
    clock.tick(WALL + 1700, 300.0, 1.0, paused=False)  # seeked
    assert clock.media_at(1, 16 * 1600) == pytest.approx(300.0)
    assert clock.media_at(1, 16 * 1900) == pytest.approx(300.2)


def test_a_player_that_waits_for_data_stands_until_it_is_seen_to_move() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 1000, 0.4, 1.0, paused=False)  # it has begun to wait
    clock.tick(WALL + 2000, 0.4, 1.0, paused=False)
    clock.tick(WALL + 3000, 0.7, 1.0, paused=False)  # it waits no longer
    seconds = [clock.media_at(1, 16 * at_ms) for at_ms in (300, 700, 1500, 2500, 2900)]
    assert seconds == pytest.approx([0.3, 0.4, 0.4, 0.4, 0.6])


def test_a_late_report_of_a_pause_holds_the_player_where_it_stands() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 1000, 0.9, 1.0, paused=True)
    assert clock.media_at(1, 16 * 850) == pytest.approx(0.85)
    assert clock.media_at(1, 16 * 950) == pytest.approx(0.9)


def test_a_late_report_of_playing_on_counts_from_where_it_stood() -> None:
    clock = VideoClock()
    clock.anchor(1, 0, WALL)
    clock.tick(WALL, 5.0, 1.0, paused=True)
    clock.tick(WALL + 1000, 5.2, 1.0, paused=False)
    assert clock.media_at(1, 16 * 500) == pytest.approx(5.0)
    assert clock.media_at(1, 16 * 900) == pytest.approx(5.1)


def test_a_newer_anchor_of_the_same_sample_takes_its_place() -> None:
    clock = playing_from(0.0)
    clock.anchor(1, 0, WALL + 3000)
    assert clock.media_at(1, 0) == pytest.approx(3.0)


def test_each_capture_has_its_own_anchors() -> None:
    clock = playing_from(0.0)
    clock.anchor(2, 0, WALL + 10_000)
    assert clock.media_at(2, 0) == pytest.approx(10.0)
    assert clock.media_at(1, 0) == pytest.approx(0.0)


def test_without_reports_the_start_given_on_joining_serves() -> None:
    clock = VideoClock()
    assert clock.media_at(1, 0) is None
    clock.start_at(40.0)
    assert clock.media_at(1, 16_000) == pytest.approx(41.0)


def test_without_an_anchor_the_newest_report_serves() -> None:
    clock = VideoClock()
    clock.tick(WALL, 12.0, 1.0, paused=False)
    assert clock.media_at(1, 0) == pytest.approx(12.0)


def test_never_before_the_beginning() -> None:
    clock = VideoClock()
    clock.anchor(1, 0, WALL - 5000)
    clock.tick(WALL, 1.0, 1.0, paused=False)
    assert clock.media_at(1, 0) == 0.0


def test_only_what_was_not_to_be_expected_is_a_change() -> None:
    clock = playing_from(30.0)
    before = clock.changes
    clock.tick(WALL + 1000, 31.02, 1.0, paused=False)
    clock.anchor(1, 16_000, WALL + 1000)
    clock.start_at(None)
    assert clock.changes == before
    clock.tick(WALL + 2000, 60.0, 1.0, paused=False)  # a seek
    clock.tick(WALL + 3000, 61.0, 1.0, paused=True)
    clock.anchor(1, 32_000, WALL + 9000)  # the machine slept
    clock.anchor(2, 0, WALL + 9000)
    clock.start_at(5.0)
    assert clock.changes == before + 5


def test_what_is_kept_is_bounded() -> None:
    clock = VideoClock()
    for second in range(MAX_CLOCKS + 10):
        clock.anchor(1, second * 16_000, WALL + second * 1000)
        clock.tick(WALL + second * 1000, second % 7.0, 1.0, paused=False)
    assert len(clock.saved()["times"]) == len(clock.saved()["anchors"]) == SAVED
    assert (len(clock._times), len(clock._anchors)) == (MAX_CLOCKS, MAX_ANCHORS)


def test_the_report_that_an_utterance_of_a_minute_began_on_is_saved() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 500, 100.0, 1.0, paused=False)
    for second in range(1, 90):
        clock.tick(WALL + second * 1000 + 500, 100.0 + second, 1.0, paused=False)
    later = VideoClock()
    later.restore(json.loads(json.dumps(clock.saved())))
    assert len(clock.saved()["times"]) == 3
    for sample in (4_000, 16_000, 800_000):
        assert later.media_at(1, sample) == pytest.approx(clock.media_at(1, sample))


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_hand_written_reviews(path: Path) -> None:
    """Each step as a client pushes it, wall times in ms; ``spoken`` asks for a sample, as often as the trace likes."""
    clock = VideoClock()
    assert len(TRACES) == 9
    for step in json.loads(path.read_text(encoding="utf-8"))["steps"]:
        clock = replayed(clock, step)


def replayed(clock: VideoClock, step: dict[str, Any]) -> VideoClock:
    match step:
        case {"anchor": [capture, sample, wall_ms]}:
            clock.anchor(capture, sample, WALL + wall_ms)
        case {"clock": [wall_ms, media_s, rate, paused]}:
            clock.tick(WALL + wall_ms, media_s, rate, paused=paused)
        case {"spoken": [capture, sample], "media_s": media_s, "within_ms": within_ms}:
            assert clock.media_at(capture, sample) == pytest.approx(media_s, abs=within_ms / 1000), step
        case {"restart": True}:
            later = VideoClock()
            later.restore(json.loads(json.dumps(clock.saved())))
            return later
        case _:
            raise AssertionError(f"no step: {step}")
    return clock


@pytest.mark.parametrize("kind", KINDS)
def test_95_of_100_onsets_are_within_60_ms_whatever_happens_to_the_player(kind: str) -> None:
    errors = [error for seed in range(20) for error in trace(kind, seed).errors_ms()]
    assert len(errors) == 120
    assert percentile(errors, 95) <= 60


# What holds of every player

MOVES = st.tuples(
    st.integers(1, 3_000),  # ms until then
    st.one_of(
        st.tuples(st.just("seek"), st.floats(0, 600)),
        st.tuples(st.just("rate"), st.sampled_from([0.5, 1.0, 1.5, 2.0])),
        st.tuples(st.just("pause"), st.booleans()),
    ),
)


def exact(moves: list[tuple[int, tuple[str, Any]]]) -> tuple[list[tuple[float, float, float, bool]], list[float]]:
    """A player whose page reports each move at once and exactly: its reports, and where it stands each millisecond."""
    media_s, rate, paused = 10.0, 1.0, False
    reports, seconds = [(0.0, media_s, rate, paused)], []
    for wait_ms, (what, value) in moves:
        for _ in range(wait_ms):
            seconds.append(media_s)
            media_s += 0.0 if paused else rate / 1000
        media_s = value if what == "seek" else media_s
        rate = value if what == "rate" else rate
        paused = value if what == "pause" else paused
        reports.append((float(len(seconds)), media_s, rate, paused))
    return reports, seconds


def clock_of(reports: list[tuple[float, float, float, bool]]) -> VideoClock:
    clock = VideoClock()
    clock.anchor(1, 0, WALL)
    for wall_ms, media_s, rate, paused in reports:
        clock.tick(WALL + wall_ms, media_s, rate, paused=paused)
    return clock


@settings(deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=8))
def test_pushing_everything_again_changes_nothing(moves: list[tuple[int, tuple[str, Any]]]) -> None:
    reports, _ = exact(moves)
    clock = clock_of(reports)
    saved, changes = clock.saved(), clock.changes
    for wall_ms, media_s, rate, paused in reports:
        clock.tick(WALL + wall_ms, media_s, rate, paused=paused)
    assert (clock.saved(), clock.changes) == (saved, changes)


@settings(deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=8), st.data())
def test_between_two_reports_the_player_is_where_it_can_be(
    moves: list[tuple[int, tuple[str, Any]]], data: st.DataObject
) -> None:
    """On the line of the report before, or nearer to that of the one after: never beyond both."""
    reports, seconds = exact(moves)
    clock = clock_of(reports)
    at_ms = data.draw(st.integers(0, len(seconds) - 1))
    found = clock.media_at(1, 16 * at_ms)
    assert found is not None
    then = max((report for report in reports if report[0] <= at_ms), key=lambda report: report[0])
    line = seconds[at_ms]
    assert found >= 0
    assert min(line, then[1]) - 0.21 <= found <= line + 0.21


@settings(deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=8), st.floats(-1e6, 1e9), st.integers(0, 20_000))
def test_only_differences_of_wall_times_count(
    moves: list[tuple[int, tuple[str, Any]]], shift_ms: float, at_ms: int
) -> None:
    reports, _ = exact(moves)
    shift_ms = float(round(shift_ms))
    clock, shifted = clock_of(reports), VideoClock()
    shifted.anchor(1, 0, WALL + shift_ms)
    for wall_ms, media_s, rate, paused in reports:
        shifted.tick(WALL + shift_ms + wall_ms, media_s, rate, paused=paused)
    assert shifted.media_at(1, 16 * at_ms) == pytest.approx(clock.media_at(1, 16 * at_ms), abs=1e-3)


@settings(deadline=None)
@given(st.lists(MOVES, min_size=1, max_size=8), st.integers(0, 20_000))
def test_what_is_restored_maps_as_what_was_saved(moves: list[tuple[int, tuple[str, Any]]], at_ms: int) -> None:
    clock = clock_of(exact(moves)[0])
    later = VideoClock()
    later.restore(json.loads(json.dumps(clock.saved())))
    assert later.media_at(1, 16 * at_ms) == pytest.approx(clock.media_at(1, 16 * at_ms), abs=0.21)
