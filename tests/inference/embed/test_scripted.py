"""The scripted embedder keeps its promises to the tests that use it."""

import numpy as np

from inference.embed.scripted import ScriptedEmbedder


def test_alike_texts_share_a_vector_and_others_do_not() -> None:
    vectors = ScriptedEmbedder({"bin it": "scratch that"}).embed(["bin it", "scratch that", "post it"])
    assert np.allclose(vectors[0], vectors[1])
    assert abs(float(vectors[0] @ vectors[2])) < 0.3
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_calls_are_recorded() -> None:
    embedder = ScriptedEmbedder()
    embedder.embed(["one", "two"])
    assert embedder.calls == [("one", "two")]
