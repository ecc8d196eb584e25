"""The sums of a review, on lists of events as they were received."""

from typing import Any

from agent.events import Mode
from server.summary import Received, Sent, SentCapture, summarise

TOPIC = "session:s"


def received(t: float, event: str, **payload: Any) -> Received:
    return Received(t, TOPIC, event, payload.pop("seq", None), payload)


def sent(
    speech: list[tuple[int, int]] | None, pushes: int, *, start: float = 0.0, stopped: float | None = None
) -> Sent:
    """One capture of 40 ms pushes, in real time from ``start`` on."""
    capture = SentCapture(None if speech is None else tuple(speech), stopped=stopped)
    for index in range(pushes):
        capture.push(640, start + index * 0.04)
    return Sent({1: capture})


def ended(t: float, n: int, start: int, end: int, endpoint: int, reason: str = "endpoint") -> Received:
    return received(t, "speech_ended", utterance=n, capture=1, start=start, end=end, endpoint=endpoint, reason=reason)


def note(id_: str, utterance: int, revision: int = 1, status: str = "ghost", **more: Any) -> dict[str, Any]:
    return {"id": id_, "utterance": utterance, "part": 0, "revision": revision, "status": status, **more}


def test_a_sample_was_sent_with_the_push_that_holds_it() -> None:
    capture = sent([], 3).captures[1]
    assert [capture.sent_at(sample) for sample in (0, 639, 640, 1919, 1920)] == [0.0, 0.0, 0.04, 0.08, None]


def test_one_press_is_measured_from_its_own_speech_and_stop() -> None:
    # Speech in samples 6400 to 32000: pushes 10 to 49.
    events = [
        ended(2.05, 1, 1280, 33000, 40000, "stop"),
        received(2.2, "asr_final", utterance=1, text="Too loud."),
        received(2.25, "intent", utterance=1, intent="create_note"),
        received(2.3, "note_created", utterance=1, note=note("a", 1)),
    ]
    summary = summarise(events, sent([(6400, 32000)], 63, stopped=2.5), Mode.PTT)
    assert summary["event"] == "summary"
    assert summary["utterances"] == [
        {
            "n": 1,
            "speech_start_s": 0.4,
            "speech_end_s": 1.96,
            "endpoint_s": 2.5,
            "final_s": 2.2,
            "note_s": 2.3,
            "text": "Too loud.",
            "intent": "create_note",
        }
    ]


def test_hands_free_utterances_share_out_the_marked_speech() -> None:
    marked = [(1600, 8000), (9600, 16000), (40000, 48000)]  # the first two are one utterance with a short pause
    events = [ended(1.6, 1, 0, 18000, 25216), ended(3.7, 2, 34880, 50000, 57216)]
    first, second = summarise(events, sent(marked, 100), Mode.HANDS_FREE)["utterances"]
    assert (first["speech_start_s"], first["speech_end_s"], first["endpoint_s"]) == (0.08, 0.96, 1.6)
    assert (second["speech_start_s"], second["speech_end_s"], second["endpoint_s"]) == (2.48, 2.96, 3.7)


def test_the_part_of_speech_before_a_limit_belongs_to_the_first_of_two() -> None:
    events = [ended(1.0, 1, 0, 16000, 16000, "limit"), ended(2.1, 2, 16000, 32000, 32000, "stop")]
    first, second = summarise(events, sent([(0, 30000)], 50, stopped=2.0), Mode.PTT)["utterances"]
    assert (first["speech_start_s"], first["speech_end_s"], first["endpoint_s"]) == (0.0, 0.96, 1.0)
    assert (second["speech_start_s"], second["speech_end_s"], second["endpoint_s"]) == (1.0, 1.84, 2.0)


def test_where_no_speech_is_marked_there_is_nothing_to_measure_from() -> None:
    empty: list[tuple[int, int]] = []
    for speech in (empty, None):
        (row,) = summarise([ended(1.0, 1, 0, 16000, 16000, "stop")], sent(speech, 25, stopped=1.0), Mode.PTT)[
            "utterances"
        ]
        assert (row["speech_start_s"], row["speech_end_s"], row["final_s"], row["intent"]) == (None, None, None, None)


def test_the_notes_are_those_that_stand_in_their_newest_form() -> None:
    events = [
        received(1.0, "note_created", utterance=1, note=note("b", 1, text="old")),
        received(2.0, "note_created", utterance=2, note=note("a", 2)),
        received(3.0, "note_cancelled", utterance=2, note=note("a", 2, 2, "cancelled")),
        received(4.0, "note_updated", utterance=1, note=note("b", 1, 2, "firmed", text="new")),
        received(5.0, "note_updated", utterance=1, note=note("b", 1, 1, text="late and old")),
    ]
    summary = summarise(events, Sent(), Mode.PTT)
    assert [(each["id"], each["text"]) for each in summary["notes"]] == [("b", "new")]
    assert [row["note_s"] for row in summary["utterances"]] == [1.0, 2.0]


def test_a_line_holds_the_event_as_it_was_received() -> None:
    line = received(1.23456, "intent", utterance=1, intent="seek", seq=4).line()
    assert line == {
        "event": "intent",
        "topic": TOPIC,
        "seq": 4,
        "t": 1.2346,
        "payload": {"utterance": 1, "intent": "seek"},
    }
