"""inference/stt/finished.py"""

import pytest

from inference.stt.finished import sounds_finished


@pytest.mark.parametrize("text", ["The music is too loud.", "Who is that?", "Scratch that!", "Das ist zu laut."])
def test_a_whole_phrase_sounds_finished(text: str) -> None:
    assert sounds_finished(text)


@pytest.mark.parametrize(
    "text",
    ["", "The music is", "The music,", "The music...", "The music…", "The music is.", "It starts with the.", "?"],
)
def test_what_is_left_hanging_does_not(text: str) -> None:
    assert not sounds_finished(text)
