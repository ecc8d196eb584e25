"""Samples to video seconds, by replayed traces of the two clocks."""

import pytest

from agent.clock import VideoClock

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


def test_a_late_report_of_the_player_is_dropped() -> None:
    clock = playing_from(0.0)
    clock.tick(WALL + 5000, 5.0, 1.0, paused=False)
    clock.tick(WALL + 1000, 99.0, 1.0, paused=False)
    assert clock.media_at(1, 96_000) == pytest.approx(6.0)


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
