"""inference/stt/words.py"""

import numpy as np
import pytest

from inference.stt.contract import Word
from inference.stt.words import group_words, place_words


def rounded(words: list[Word]) -> list[tuple[str, float, float]]:
    return [(word.text, round(word.start_s, 3), round(word.end_s, 3)) for word in words]


def placed(words: list[Word], speech: str) -> list[Word]:
    """``speech``: one window of 32 ms a character, "#" is speech."""
    probabilities = np.array([0.9 if one == "#" else 0.1 for one in speech], np.float32)
    return place_words(words, probabilities, speech=0.5, word_s=0.1, letter_s=0.05)


def test_a_word_lasts_until_the_next_one_begins() -> None:
    path = [(0, 0), (0, 5), (1, 10), (2, 20), (2, 29), (3, 30)]
    assert rounded(group_words([" soft", " focus"], [1, 2], path)) == [
        (" soft", 0.0, 0.2),
        (" focus", 0.2, 0.6),
    ]


def test_punctuation_joins_the_word_before_it_and_adds_no_time() -> None:
    path = [(0, 0), (1, 10), (2, 60), (3, 70)]
    assert rounded(group_words([" focus", ".", " Next"], [1, 1, 1], path)) == [
        (" focus.", 0.0, 0.2),
        (" Next", 1.2, 1.4),
    ]


def test_a_hyphen_binds() -> None:
    path = [(0, 0), (1, 10), (2, 30)]
    assert rounded(group_words([" cold", "-hearted"], [1, 1], path)) == [(" cold-hearted", 0.0, 0.6)]


def test_what_opens_with_punctuation_stands_by_itself() -> None:
    assert [word.text for word in group_words(["...", " so"], [1, 1], [(0, 0), (1, 10), (2, 20)])] == ["...", " so"]


def test_languages_without_spaces_keep_their_words() -> None:
    words = group_words(["音", "楽", "。"], [1, 1, 1], [(0, 0), (1, 10), (2, 20), (3, 40)])
    assert rounded(words) == [("音", 0.0, 0.2), ("楽。", 0.2, 0.4)]


def test_an_alignment_that_stops_early_gives_times_in_order() -> None:
    words = group_words([" a", " b", " c"], [1, 1, 1], [(0, 0), (1, 10)])
    assert all(word.start_s <= word.end_s for word in words)


def test_no_words_of_no_text() -> None:
    assert group_words([], [], [(0, 0), (0, 9)]) == []


def test_pauses_before_a_word_are_not_the_word() -> None:
    (word,) = placed([Word(" so", 0.0, 0.64)], "..........##########")
    assert word.start_s == pytest.approx(0.32)


def test_pauses_after_a_word_are_not_the_word() -> None:
    (word,) = placed([Word(" so", 0.0, 0.64)], "######..............")
    assert rounded([word]) == [(" so", 0.0, 0.2)]


@pytest.mark.parametrize("text, longest_s", [(" a", 0.15), (" window", 0.4), (" 49%", 1.0), (" -", 0.1), ("。", 0.1)])
def test_longer_words_may_last_longer_and_numbers_longest(text: str, longest_s: float) -> None:
    (word,) = placed([Word(text, 0.0, 3.0)], "#" * 100)
    assert word.end_s == pytest.approx(longest_s)


def test_words_without_speech_under_them_stay_where_they_are() -> None:
    assert placed([Word(" so", 0.32, 0.4)], "...............") == [Word(" so", 0.32, 0.4)]
    assert placed([Word(" so", 9.0, 9.1)], "##") == [Word(" so", 9.0, 9.1)]  # after the end, too
