"""The exemplar sentences and their vectors.

The sentences are in ``exemplars.toml``. Their vectors ship beside them, because embedding several hundred sentences
takes longer than a server may take to warm up; a key over sentences and model tells when they are stale, and then they
are embedded anew on the spot. ``python -m inference.llm.exemplars`` renews the shipped file.
"""

import hashlib
import io
import json
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.embed.contract import TextEmbedder
from inference.embed.minilm import MODEL, TOKENIZER, MiniLM
from inference.llm.contract import Category, Intent

SENTENCES = Path(__file__).with_name("exemplars.toml")
VECTORS = Path(__file__).with_name("exemplars.npz")


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One sentence, what it means and, for a note, what it is about."""

    text: str
    intent: Intent
    category: Category | None = None


@cache
def exemplars() -> tuple[Exemplar, ...]:
    """All exemplars in the order of the file."""
    tables = tomllib.loads(SENTENCES.read_text(encoding="utf-8"))
    notes = [
        Exemplar(line, Intent.CREATE_NOTE, Category(name))
        for name, lines in tables["notes"].items()
        for line in lines.split("\n")
        if line
    ]
    commands = [
        Exemplar(line, Intent(name)) for name, lines in tables["commands"].items() for line in lines.split("\n") if line
    ]
    return (*notes, *commands)


def key(sentences: tuple[Exemplar, ...]) -> str:
    """Changes whenever a sentence or the packaged model changes."""
    content = json.dumps([MODEL.sha256, TOKENIZER.sha256, [sentence.text for sentence in sentences]])
    return hashlib.sha256(content.encode()).hexdigest()


def shipped_vectors(sentences: tuple[Exemplar, ...], path: Path = VECTORS) -> NDArray[np.float32] | None:
    """Vectors of shape (len(sentences), 384), float32, from the shipped file; None when it is missing or stale."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            if str(stored["key"]) != key(sentences):
                return None
            vectors = stored["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return vectors if vectors.shape[0] == len(sentences) else None


def vectors_for(embedder: TextEmbedder, sentences: tuple[Exemplar, ...]) -> NDArray[np.float32]:
    """Vectors of the exemplars in the space of ``embedder``; the shipped ones when it is the packaged model."""
    if isinstance(embedder, MiniLM) and (shipped := shipped_vectors(sentences)) is not None:
        return shipped
    return embedder.embed([sentence.text for sentence in sentences])


def main() -> None:
    """Write the vectors of the sentences as they are now. Half precision moves a similarity by less than 0.001."""
    sentences = exemplars()
    vectors = MiniLM().embed([sentence.text for sentence in sentences]).astype(np.float16)
    np.savez(VECTORS, vectors=vectors, key=np.array(key(sentences)))
    sys.stdout.write(f"{VECTORS}: {len(sentences)} vectors\n")


if __name__ == "__main__":
    main()
