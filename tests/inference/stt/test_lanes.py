"""inference/stt/lanes.py"""

import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import numpy as np
import pytest

from inference.errors import BadAudio, EngineBusy, EngineFailed
from inference.stt.contract import Hint, Load, Samples, Transcript
from inference.stt.lanes import Lanes

WAIT_S = 5  # for what must happen; never waited out when all is well


def audio(number: int) -> Samples:
    """Samples that a test knows again."""
    return np.array([number], np.float32)


def spell(hint: Hint | None) -> str:
    return "".join(f" {term}" for term in hint.terms) if hint else ""


class Decoder:
    """Decodes when it is told to, one permit a decode, and keeps the order."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.started = threading.Semaphore(0)
        self.permits = threading.Semaphore(0)
        self.error: BaseException | None = None

    def final(self, samples: Samples, hint: Hint | None, stream: str) -> Transcript:
        return self._decode(f"final {int(samples[0])}{spell(hint)}")

    def partial(self, samples: Samples, hint: Hint | None, stream: str) -> Transcript:
        return self._decode(f"partial {int(samples[0])}{spell(hint)}")

    def _decode(self, what: str) -> Transcript:
        self.order.append(what)
        self.started.release()
        assert self.permits.acquire(timeout=WAIT_S)
        if self.error is not None:
            raise self.error
        return Transcript(what)

    def wait_started(self) -> None:
        assert self.started.acquire(timeout=WAIT_S)

    def go(self, decodes: int = 100) -> None:
        self.permits.release(decodes)


Make = Callable[..., Lanes]


@pytest.fixture
def decoder() -> Decoder:
    return Decoder()


@pytest.fixture
def make(decoder: Decoder) -> Iterator[Make]:
    """Makes lanes over ``decoder`` and closes them."""
    made: list[Lanes] = []

    def build(**options: float) -> Lanes:
        made.append(Lanes(decoder.final, decoder.partial, **options))  # type: ignore[arg-type]  # ints among the floats
        return made[-1]

    yield build
    decoder.go()
    for lanes in made:
        lanes.close()


@pytest.fixture
def busy(decoder: Decoder, make: Make) -> Lanes:
    """Lanes whose only thread is held in final 0."""
    lanes = make(max_queue=4)
    lanes.final("held", audio(0))
    decoder.wait_started()
    return lanes


def text(future: "Future[Transcript]") -> str:
    return future.result(WAIT_S).text


def test_streams_take_turns_and_each_keeps_its_order(decoder: Decoder, busy: Lanes) -> None:
    futures = [busy.final(stream, audio(n)) for n, stream in enumerate("aaab", 1)]
    decoder.go()
    assert [text(future) for future in futures] == ["final 1", "final 2", "final 3", "final 4"]
    assert decoder.order == ["final 0", "final 1", "final 4", "final 2", "final 3"]


def test_a_hint_goes_with_its_audio(decoder: Decoder, busy: Lanes) -> None:
    hint = Hint(("gimbal", "bokeh"))
    final, speculation = busy.final("a", audio(1), hint), busy.speculate("a", audio(2), hint)
    partial = busy.partial("b", audio(3), hint)
    decoder.go()
    assert text(final) == "final 1 gimbal bokeh"
    assert text(speculation.future) == "final 2 gimbal bokeh"
    assert partial.result(WAIT_S) == Transcript("partial 3 gimbal bokeh")


def test_finals_go_before_partials(decoder: Decoder, busy: Lanes) -> None:
    partial = busy.partial("a", audio(1))
    final = busy.final("b", audio(2))
    decoder.go()
    assert text(final) == "final 2"
    assert partial.result(WAIT_S) == Transcript("partial 1")
    assert decoder.order == ["final 0", "final 2", "partial 1"]


def test_a_final_waits_for_one_partial_at_most(decoder: Decoder, make: Make) -> None:
    lanes = make()
    lanes.partial("a", audio(1))
    decoder.wait_started()
    for stream in "bcd":
        lanes.partial(stream, audio(2))
    final = lanes.final("e", audio(3))
    decoder.go()
    assert text(final) == "final 3"
    assert decoder.order[:2] == ["partial 1", "final 3"]


def test_a_newer_partial_takes_the_place_of_the_waiting_one(decoder: Decoder, busy: Lanes) -> None:
    old = busy.partial("a", audio(1))
    other = busy.partial("b", audio(2))
    new = busy.partial("a", audio(3))
    assert old.result(0) is None
    decoder.go()
    assert new.result(WAIT_S) == Transcript("partial 3")
    assert other.result(WAIT_S) == Transcript("partial 2")
    assert decoder.order == ["final 0", "partial 3", "partial 2"]  # and keeps its turn: no stream starves another


def test_a_newer_partial_makes_the_one_under_way_stale(decoder: Decoder, make: Make) -> None:
    lanes = make()
    old = lanes.partial("a", audio(1))
    decoder.wait_started()
    new = lanes.partial("a", audio(2))
    decoder.go()
    assert old.result(WAIT_S) is None
    assert new.result(WAIT_S) == Transcript("partial 2")


def test_a_final_makes_the_partials_of_its_stream_stale(decoder: Decoder, make: Make) -> None:
    lanes = make()
    under_way = lanes.partial("a", audio(1))
    decoder.wait_started()
    other = lanes.partial("b", audio(2))
    final = lanes.final("a", audio(3))
    decoder.go()
    assert under_way.result(WAIT_S) is None
    assert text(final) == "final 3"
    assert other.result(WAIT_S) == Transcript("partial 2")


def test_a_final_drops_the_waiting_partial_at_once(busy: Lanes) -> None:
    waiting = busy.partial("a", audio(1))
    busy.final("a", audio(2))
    assert waiting.result(0) is None


def test_the_finals_lane_is_bounded_and_drops_nothing_accepted(decoder: Decoder, busy: Lanes) -> None:
    accepted = [busy.final("a", audio(n)) for n in range(1, 5)]
    with pytest.raises(EngineBusy, match="Try again"):
        busy.final("b", audio(9))
    decoder.go()
    assert [text(future) for future in accepted] == [f"final {n}" for n in range(1, 5)]


def test_waiting_partials_are_one_a_stream(decoder: Decoder, busy: Lanes) -> None:
    futures = [busy.partial("a", audio(n)) for n in range(200)]
    decoder.go()
    assert futures[-1].result(WAIT_S) == Transcript("partial 199")
    assert decoder.order == ["final 0", "partial 199"]


def test_two_workers_decode_two_at_a_time(decoder: Decoder, make: Make) -> None:
    lanes = make(workers=2)
    futures = [lanes.final("a", audio(n)) for n in (1, 2)]
    decoder.wait_started()
    decoder.wait_started()  # both have begun though none has ended
    decoder.go()
    assert {text(future) for future in futures} == {"final 1", "final 2"}


def test_a_final_waits_for_no_partial_where_there_are_two_workers(decoder: Decoder, make: Make) -> None:
    lanes = make(workers=2)
    partials = [lanes.partial(stream, audio(n)) for n, stream in enumerate("abc", 1)]
    decoder.wait_started()
    final = lanes.final("d", audio(4))
    decoder.wait_started()
    assert decoder.order == ["partial 1", "final 4"]
    decoder.go()
    assert text(final) == "final 4"
    assert [partial.result(WAIT_S) for partial in partials] == [Transcript(f"partial {n}") for n in (1, 2, 3)]


def test_a_speculation_waits_for_no_partial_either(decoder: Decoder, make: Make) -> None:
    lanes = make(workers=2)
    for stream in "ab":
        lanes.partial(stream, audio(1))
    decoder.wait_started()
    lanes.speculate("c", audio(2))
    decoder.wait_started()
    assert decoder.order == ["partial 1", "final 2"]


def test_what_its_caller_cancelled_is_not_decoded(decoder: Decoder, busy: Lanes) -> None:
    given_up = busy.final("a", audio(1))
    kept = busy.final("a", audio(2))
    assert given_up.cancel()
    decoder.go()
    assert text(kept) == "final 2"
    assert "final 1" not in decoder.order


def test_an_error_reaches_its_caller_and_the_next_one_is_served(decoder: Decoder, make: Make) -> None:
    lanes = make()
    decoder.error = RuntimeError("out of memory")
    failed, failed_partial = lanes.final("a", audio(1)), lanes.partial("b", audio(2))
    decoder.go(2)
    with pytest.raises(EngineFailed, match=r"out of memory.*Try again"):
        failed.result(WAIT_S)
    with pytest.raises(EngineFailed):
        failed_partial.result(WAIT_S)
    decoder.error = None
    decoder.go()
    assert text(lanes.final("a", audio(3))) == "final 3"


def test_what_is_done_is_not_kept(decoder: Decoder, make: Make) -> None:
    forgotten, samples = threading.Event(), audio(1)
    weakref.finalize(samples, forgotten.set)
    decoder.go()
    assert text(make().final("a", samples)) == "final 1"
    del samples
    assert forgotten.wait(WAIT_S)


def test_our_own_errors_pass_through(decoder: Decoder, make: Make) -> None:
    lanes = make()
    decoder.error = BadAudio("too odd. Fix it.")
    decoder.go()
    with pytest.raises(BadAudio, match="too odd"):
        lanes.final("a", audio(1)).result(WAIT_S)


def test_speculations_go_after_finals_and_before_partials(decoder: Decoder, busy: Lanes) -> None:
    partial = busy.partial("a", audio(1))
    speculation = busy.speculate("b", audio(2))
    final = busy.final("c", audio(3))
    decoder.go()
    for future in (partial, speculation.future, final):
        future.result(WAIT_S)
    assert decoder.order == ["final 0", "final 3", "final 2", "partial 1"]


def test_adopted_while_it_waits_it_takes_its_turn_among_the_finals(decoder: Decoder, busy: Lanes) -> None:
    others = [busy.speculate("a", audio(n)) for n in (1, 2)]
    final = busy.final("b", audio(3))
    wanted = busy.speculate("c", audio(4))
    stale = busy.partial("c", audio(5))
    busy.adopt(wanted)
    busy.adopt(wanted)  # twice is once
    busy.cancel(wanted)  # too late
    assert stale.result(0) is None
    assert busy.load.waiting == 2
    decoder.go()
    for future in (final, wanted.future, *(other.future for other in others)):
        future.result(WAIT_S)
    assert decoder.order == ["final 0", "final 3", "final 4", "final 1", "final 2"]


def test_adopted_while_it_runs_or_after_it_is_not_decoded_again(decoder: Decoder, make: Make) -> None:
    lanes = make()
    job = lanes.speculate("a", audio(1))
    decoder.wait_started()
    lanes.adopt(job)
    lanes.cancel(job)  # too late to mean anything
    decoder.go()
    assert text(job.future) == "final 1"
    lanes.adopt(job)
    assert text(lanes.final("a", audio(2))) == "final 2"
    assert decoder.order == ["final 1", "final 2"]


def test_a_cancelled_speculation_leaves_the_lane(decoder: Decoder, busy: Lanes) -> None:
    jobs = [busy.speculate("a", audio(n)) for n in range(1, 5)]
    for job in jobs[:3]:
        busy.cancel(job)
        busy.cancel(job)  # twice is fine
        assert job.future.cancelled()
    last = busy.speculate("a", audio(5))  # there is room again
    decoder.go()
    assert text(last.future) == "final 5"
    assert decoder.order == ["final 0", "final 4", "final 5"]


def test_a_speculation_with_a_place_is_never_refused(decoder: Decoder, busy: Lanes) -> None:
    job = busy.speculate("a", audio(1))
    accepted = [busy.final("b", audio(n)) for n in range(2, 6)]
    with pytest.raises(EngineBusy):
        busy.final("a", audio(9))
    busy.adopt(job)
    decoder.go()
    assert text(job.future) == "final 1"
    assert [text(future) for future in accepted] == [f"final {n}" for n in range(2, 6)]


def test_a_speculation_without_a_place_begins_when_it_is_adopted(decoder: Decoder, busy: Lanes) -> None:
    crowd = [busy.speculate("a", audio(n)) for n in range(1, 5)]
    late, later = busy.speculate("b", audio(5)), busy.speculate("b", audio(6))
    for job in crowd:
        busy.cancel(job)
    busy.adopt(late)
    finals = [busy.final("c", audio(n)) for n in (7, 8, 9)]
    with pytest.raises(EngineBusy):
        busy.adopt(later)  # as a final would be
    busy.cancel(later)
    decoder.go()
    assert text(late.future) == "final 5"
    assert [text(final) for final in finals] == ["final 7", "final 8", "final 9"]
    assert "final 6" not in decoder.order


def test_load_counts_finals_and_estimates_their_wait(decoder: Decoder, make: Make) -> None:
    lanes = make(max_queue=4, busy_above_s=60)
    assert lanes.load == Load()
    decoder.go(1)
    text(lanes.final("a", audio(0)))
    lanes.final("a", audio(1))
    decoder.wait_started()
    decoder.wait_started()
    alone = lanes.load
    assert alone.waiting == 0
    assert alone.wait_s > 0  # for the one that is decoded
    for _ in range(2):
        lanes.final("b", audio(2))
    lanes.speculate("c", audio(3))
    assert (lanes.load.waiting, lanes.load.full) == (2, False)
    assert lanes.load.wait_s == pytest.approx(5 * alone.wait_s)
    lanes.final("b", audio(4))
    assert lanes.load.full  # one place is left


def test_a_long_wait_is_full_though_there_is_room(decoder: Decoder, make: Make) -> None:
    lanes = make(busy_above_s=0.0)
    decoder.go(1)
    text(lanes.final("a", audio(0)))
    assert not lanes.load.full
    lanes.final("a", audio(1))
    assert lanes.load.full


def test_close_finishes_what_runs_and_refuses_what_waits(decoder: Decoder, make: Make) -> None:
    lanes = make()
    running = lanes.final("a", audio(1))
    decoder.wait_started()
    waiting, partial = lanes.final("a", audio(2)), lanes.partial("b", audio(3))
    begun_early = lanes.speculate("b", audio(4))
    closing = threading.Thread(target=lanes.close)
    closing.start()
    with pytest.raises(EngineFailed, match="shutting down"):
        waiting.result(WAIT_S)
    with pytest.raises(EngineFailed, match="shutting down"):
        begun_early.future.result(WAIT_S)
    lanes.adopt(begun_early)  # its future has said it
    decoder.go()
    closing.join(WAIT_S)
    assert not closing.is_alive()
    assert text(running) == "final 1"
    assert partial.result(WAIT_S) is None


def test_closed_lanes_accept_nothing(make: Make) -> None:
    lanes = make()
    lanes.close()
    lanes.close()  # twice is fine
    accepts: list[Callable[[str, Samples], object]] = [lanes.final, lanes.partial, lanes.speculate]
    for accept in accepts:
        with pytest.raises(EngineFailed, match="shutting down"):
            accept("a", audio(1))


@pytest.mark.parametrize("options", [{"workers": 0}, {"max_queue": 0}])
def test_limits_are_checked(options: dict[str, int], make: Make) -> None:
    with pytest.raises(ValueError, match=">= 1"):
        make(**options)
