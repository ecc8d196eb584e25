"""The exemplars: well formed, renewed with their vectors, and apart from what measures them."""

import json
from pathlib import Path

import numpy as np
import pytest

from inference.embed.scripted import ScriptedEmbedder
from inference.llm.contract import Category, Intent
from inference.llm.exemplars import VECTORS, exemplars, key, shipped_vectors, vectors_for
from inference.llm.words import plain

DATA = Path(__file__).parent / "data"


def test_every_category_and_every_command_has_exemplars_and_none_twice() -> None:
    sentences = exemplars()
    assert {sentence.category for sentence in sentences if sentence.intent is Intent.CREATE_NOTE} == set(Category)
    assert {sentence.intent for sentence in sentences} == set(Intent)
    texts = [plain(sentence.text) for sentence in sentences]
    assert len(set(texts)) == len(texts)


def test_the_shipped_vectors_are_those_of_the_sentences() -> None:
    vectors = shipped_vectors(exemplars())
    assert vectors is not None, "stale: run `python -m inference.llm.exemplars`"
    assert vectors.shape == (len(exemplars()), 384)


def test_a_changed_sentence_makes_the_shipped_vectors_stale() -> None:
    assert shipped_vectors(exemplars()[1:]) is None
    assert key(exemplars()) != key(exemplars()[1:])


@pytest.mark.parametrize("content", [b"", b"rubbish", VECTORS.read_bytes()[:1000]])
def test_a_broken_file_counts_as_stale(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "exemplars.npz"
    broken.write_bytes(content)
    assert shipped_vectors(exemplars(), broken) is None
    assert shipped_vectors(exemplars(), tmp_path / "absent.npz") is None


def test_another_embedder_gets_vectors_of_its_own_space() -> None:
    embedder = ScriptedEmbedder()
    vectors = vectors_for(embedder, exemplars())
    assert np.allclose(vectors[0], embedder.embed([exemplars()[0].text])[0])


def test_no_held_out_transcript_is_an_exemplar_or_a_case_we_tune_on() -> None:
    held_out = {plain(case["t"]) for case in json.loads((DATA / "heldout.json").read_text("utf-8"))}
    tuned = {
        plain(case["t"])
        for name in ("development", "not_commands")
        for case in json.loads((DATA / f"{name}.json").read_text("utf-8"))
    }
    notes = {case for case in held_out if len(case.split()) > 4}  # short commands are what everybody says
    assert not notes & {plain(sentence.text) for sentence in exemplars()}
    assert not notes & tuned


@pytest.mark.model
def test_the_shipped_vectors_are_what_the_model_gives() -> None:
    from inference.embed.minilm import MiniLM

    shipped = shipped_vectors(exemplars())
    assert shipped is not None
    some = list(range(0, len(exemplars()), 25))
    fresh = MiniLM().embed([exemplars()[at].text for at in some])
    assert np.allclose(shipped[some], fresh, atol=2e-3)
