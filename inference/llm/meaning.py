"""Nearest exemplar: which intent and which categories an utterance resembles. Only similarities, no decisions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.embed.contract import TextEmbedder
from inference.llm.contract import Category, Intent
from inference.llm.exemplars import exemplars, vectors_for

NEIGHBOURS = 3  # how many of a category are averaged


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the exemplars an utterance is; cosines, -1 to 1."""

    intents: dict[Intent, float]  # best exemplar of each intent
    categories: dict[Category, float]  # mean of the best NEIGHBOURS notes of each category
    nearest: dict[Intent, str]  # that best exemplar

    @property
    def command(self) -> Intent:
        """The most similar intent other than a new note."""
        return max((intent for intent in self.intents if intent is not Intent.CREATE_NOTE), key=self.intents.__getitem__)

    @property
    def margin(self) -> float:
        """By how much the best note beats the best command; negative when a command is nearer."""
        return self.intents[Intent.CREATE_NOTE] - self.intents[self.command]


class Meaning:
    """The exemplars' vectors and an embedder of the same space. Construction takes milliseconds with shipped vectors."""

    def __init__(self, embedder: TextEmbedder) -> None:
        self._embedder = embedder
        self._exemplars = exemplars()
        self._vectors: NDArray[np.float32] = vectors_for(embedder, self._exemplars)

    def likeness(self, spoken: str, note: str) -> Likeness:
        """Similarities of ``spoken`` (to intents) and of the cleaned ``note`` (to categories)."""
        vectors = self._embedder.embed([spoken, note])
        by_intent, by_category = vectors @ self._vectors.T  # (exemplars,) each
        intents: dict[Intent, float] = {}
        nearest: dict[Intent, str] = {}
        found: dict[Category, list[float]] = {category: [] for category in Category}
        for exemplar, intent_cosine, category_cosine in zip(self._exemplars, by_intent, by_category, strict=True):
            if intent_cosine > intents.get(exemplar.intent, -2.0):
                intents[exemplar.intent] = float(intent_cosine)
                nearest[exemplar.intent] = exemplar.text
            if exemplar.category is not None:
                found[exemplar.category].append(float(category_cosine))
        categories = {
            category: float(np.mean(sorted(cosines, reverse=True)[:NEIGHBOURS])) for category, cosines in found.items()
        }
        return Likeness(intents, categories, nearest)
