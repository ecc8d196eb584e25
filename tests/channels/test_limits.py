"""The bucket: bursts up to its size, then what flows in."""

from channels.limits import Bucket


def test_a_burst_then_the_rate() -> None:
    now = [0.0]
    bucket = Bucket(2.0, 4.0, lambda: now[0])
    assert [bucket.take(1) for _ in range(5)] == [True, True, True, True, False]
    now[0] = 1.0
    assert [bucket.take(1) for _ in range(3)] == [True, True, False]


def test_it_never_holds_more_than_the_burst() -> None:
    now = [0.0]
    bucket = Bucket(2.0, 4.0, lambda: now[0])
    now[0] = 1000.0
    assert not bucket.take(5)
    assert bucket.take(4)
