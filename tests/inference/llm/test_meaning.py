"""Nearest exemplars, with an embedder whose likenesses the test decides."""

import pytest

from inference.embed.scripted import ScriptedEmbedder
from inference.llm.contract import Category, Intent
from inference.llm.exemplars import exemplars
from inference.llm.meaning import Meaning

AUDIO = next(sentence.text for sentence in exemplars() if sentence.category is Category.AUDIO)
CANCEL = next(sentence.text for sentence in exemplars() if sentence.intent is Intent.CANCEL)


@pytest.fixture(scope="module")
def meaning() -> Meaning:
    return Meaning(ScriptedEmbedder({"a noise": AUDIO, "bin it": CANCEL}))


def test_the_nearest_exemplar_gives_intent_category_and_its_own_words(meaning: Meaning) -> None:
    likeness = meaning.likeness("a noise", "a noise")
    assert likeness.nearest[Intent.CREATE_NOTE] == AUDIO
    assert likeness.margin > 0.5
    assert max(likeness.categories, key=likeness.categories.__getitem__) is Category.AUDIO
    assert set(likeness.categories) == set(Category)


def test_a_command_turns_the_margin_negative(meaning: Meaning) -> None:
    likeness = meaning.likeness("bin it", "bin it")
    assert likeness.command is Intent.CANCEL
    assert likeness.margin < -0.5
