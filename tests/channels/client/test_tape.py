"""What is kept of a capture: nothing is lost or doubled, whatever is sent, acknowledged and asked for again."""

from hypothesis import given
from hypothesis import strategies as st

from channels.client.tape import MOST_SAMPLES, MOST_SILENCE, Anchor, Capture


def pcm(samples: int, first: int = 0) -> bytes:
    """Samples that count up, so that each can be told from the others."""
    return b"".join((sample % 65_536).to_bytes(2, "little") for sample in range(first, first + samples))


STEPS = st.lists(st.tuples(st.sampled_from(["record", "send", "ack", "rewind"]), st.integers(1, 400)), max_size=60)


@given(STEPS)
def test_a_server_that_takes_samples_in_order_gets_all_of_them(steps: list[tuple[str, int]]) -> None:
    capture, server = Capture(1), bytearray()

    def send() -> None:
        piece = capture.unsent[0]
        assert piece.pcm is not None
        assert piece.start * 2 <= len(server), "nothing is skipped"
        server[piece.start * 2 :] = piece.pcm
        capture.took("1")

    for step, amount in steps:
        if step == "record":
            capture.record(pcm(amount, capture.samples))
        elif step == "send" and capture.unsent:
            send()
        elif step == "ack":
            capture.keep_from(min(amount, len(server) // 2))
        elif step == "rewind":
            assert capture.rewind(min(amount, len(server) // 2)) == (min(amount, len(server) // 2) >= capture.safe)
    while capture.unsent:
        send()
    assert bytes(server) == pcm(capture.samples)
    assert capture.held_bytes == 2 * (capture.samples - capture.safe)
    capture.keep_from(capture.samples)
    assert (capture.held_bytes, capture.in_flight) == (0, 0)


def test_much_at_once_is_cut_into_pushes_that_a_server_takes() -> None:
    capture = Capture(1)
    capture.record(pcm(2 * MOST_SAMPLES + 5))
    capture.record_silence(MOST_SILENCE + 7)
    assert [piece.samples for piece in capture.unsent] == [MOST_SAMPLES, MOST_SAMPLES, 5, MOST_SILENCE, 7]
    assert [piece.pcm is None for piece in capture.unsent] == [False] * 3 + [True] * 2
    assert capture.unsent[-1].end == capture.samples


def test_what_is_sent_again_takes_its_anchor_along_and_those_after_it() -> None:
    capture = Capture(1)
    for wall_ms in (1000.0, 2000.0, 9000.0):
        capture.anchor(wall_ms)
        capture.record(pcm(100))
    assert [anchor.wall_ms for anchor in capture.due_anchors()] == [1000.0]
    for _ in range(3):
        capture.took("1")
    assert [anchor.wall_ms for anchor in capture.due_anchors()] == [2000.0, 9000.0]
    capture.keep_from(150)
    assert capture.anchors == [Anchor(100, 2000.0), Anchor(200, 9000.0)]
    assert capture.rewind(150)
    assert [anchor.wall_ms for anchor in capture.due_anchors()] == [2000.0]
    capture.took("2")
    assert [anchor.wall_ms for anchor in capture.due_anchors()] == [9000.0]


def test_what_is_safe_can_not_be_asked_for_again() -> None:
    capture = Capture(1)
    capture.record(pcm(100))
    capture.took("1")
    capture.keep_from(60)
    assert not capture.rewind(59)
    assert capture.rewind(60)
    assert capture.unsent[0].pcm == pcm(40, 60)


def test_the_rest_begins_at_zero_with_its_own_time() -> None:
    capture = Capture(3)
    capture.anchor(1000.0)
    capture.record(pcm(3200))
    capture.anchor(5000.0)
    capture.record_silence(100)
    capture.keep_from(1600)
    rest = capture.rest(7)
    assert (rest.number, rest.samples, rest.safe) == (7, 1700, 0)
    assert [(piece.start, piece.samples, piece.pcm) for piece in rest.unsent] == [
        (0, 1600, pcm(1600, 1600)),
        (1600, 100, None),
    ]
    assert rest.anchors == [Anchor(0, 1100.0), Anchor(1600, 5000.0)]


def test_what_is_dropped_takes_nothing_more() -> None:
    capture = Capture(1)
    capture.record(pcm(10))
    capture.drop()
    capture.record(pcm(10))
    assert (capture.samples, capture.safe, capture.held_bytes) == (10, 10, 0)
