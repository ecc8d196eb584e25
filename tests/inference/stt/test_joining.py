"""inference/stt/joining.py"""

import pytest

from inference.stt.contract import Coverage, Segment, Transcript, Word
from inference.stt.joining import joined

FIRST = Transcript(
    "The music",
    (Segment(0.1, 0.9, "The music"),),
    avg_logprob=-0.1,
    no_speech_prob=0.3,
    audio_s=1.0,
    decode_s=0.08,
    engine="tiny",
    words=(Word("The", 0.1, 0.3), Word("music", 0.3, 0.9)),
    coverage=Coverage(0.8, 0.8),
)
SECOND = Transcript(
    "is loud.",
    (Segment(0.0, 0.5, "is loud."),),
    avg_logprob=-0.4,
    no_speech_prob=0.1,
    audio_s=0.5,
    decode_s=0.07,
    engine="tiny",
    words=(Word("is", 0.0, 0.2), Word("loud.", 0.2, 0.5)),
    coverage=Coverage(0.5, 0.3, ((0.2, 0.4),)),
)
NOTHING = Transcript("", no_speech_prob=0.9, audio_s=0.2, engine="tiny")


def test_one_part_is_itself() -> None:
    assert joined([(0.0, FIRST)]) is FIRST


def test_two_parts_are_said_one_after_the_other() -> None:
    whole = joined([(0.0, FIRST), (1.0, SECOND)])
    assert whole.text == "The music is loud."
    assert whole.segments == (Segment(0.1, 0.9, "The music"), Segment(1.0, 1.5, "is loud."))
    assert [(word.text, word.start_s) for word in whole.words] == [
        ("The", 0.1),
        ("music", 0.3),
        ("is", 1.0),
        ("loud.", 1.2),
    ]
    assert whole.coverage == Coverage(1.3, 1.1, ((1.2, 1.4),))
    assert whole.audio_s == 1.5
    assert whole.decode_s == pytest.approx(0.15)
    assert whole.avg_logprob == pytest.approx(-(0.1 * 9 + 0.4 * 8) / 17)


def test_silence_between_adds_no_words_and_no_doubt() -> None:
    whole = joined([(0.0, FIRST), (1.0, NOTHING), (1.2, SECOND)])
    assert whole.text == "The music is loud."
    assert whole.avg_logprob == joined([(0.0, FIRST), (1.0, SECOND)]).avg_logprob
    assert whole.no_speech_prob == 0.1
    assert whole.coverage is None  # of one part nobody knows


def test_nothing_joined_is_nothing() -> None:
    assert joined([(0.0, NOTHING), (0.2, NOTHING)]).text == ""
    with pytest.raises(ValueError, match="nothing to join"):
        joined([])
