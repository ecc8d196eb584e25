"""The scripted twin of an embedder: known texts get the vectors they were given, unknown ones a vector of their own.

For unit tests of what surrounds an embedder. It understands nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class ScriptedEmbedder:
    """A TextEmbedder whose similarities are decided by the test.

    ``alike`` maps a text to the text whose vector it shall share: ``{"bin it": "scratch that"}`` makes the two
    identical. Any other text gets a fixed pseudo-random unit vector, nearly orthogonal to all others.
    """

    dimensions = 384

    def __init__(self, alike: Mapping[str, str] | None = None) -> None:
        self._alike = dict(alike or {})
        self.calls: list[tuple[str, ...]] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), 384), float32."""
        self.calls.append(tuple(texts))
        vectors = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(self._alike.get(text, text))
        return vectors

    def _vector(self, text: str) -> NDArray[np.float64]:
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(self.dimensions)
        return vector / np.linalg.norm(vector)
