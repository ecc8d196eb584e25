"""inference/stt/contract.py"""

import pytest

from inference.stt.contract import Transcript, Word


def transcript(text: str, *words: str) -> Transcript:
    """Each word lasts a second."""
    return Transcript(text, words=tuple(Word(word, at, at + 1.0) for at, word in enumerate(words)))


@pytest.mark.parametrize(
    ("at_s", "text"), [(0.0, "so so scratch that."), (0.6, "so scratch that."), (1.5, "so scratch that."), (9.0, "")]
)
def test_the_text_from_a_time_on(at_s: float, text: str) -> None:
    assert transcript("so so scratch that.", "so", "so", "scratch", "that.").text_from(at_s) == text


def test_a_language_without_spaces_gets_none() -> None:
    assert transcript("音楽が大きい。", "音", "楽", "が", "大", "き", "い。").text_from(2.0) == "が大きい。"


def test_an_engine_that_tells_no_words_has_no_text_from_there_on() -> None:
    assert transcript("so").text_from(0.0) == ""
