"""Which words of English are common: those that the sentence model's vocabulary holds whole."""

import functools
import json
import unicodedata

_ENDINGS = ("s", "es", "ed", "d", "er", "ly", "ing")


@functools.cache
def common_words() -> frozenset[str]:
    """Some 22,000 words in lower case without accents; read once, in 0.1 s. Raises ModelMissing or ModelDamaged."""
    from inference.embed.minilm import TOKENIZER, checked, locate  # imported here: brings ONNX

    vocabulary = json.loads(checked(locate(TOKENIZER), TOKENIZER))["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())


@functools.lru_cache(maxsize=8192)
def is_common(word: str) -> bool:
    """Whether ``word``, or what is left of it without an English ending, is a common word. Any case, with accents."""
    plain = unicodedata.normalize("NFD", word.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    known = common_words()
    return plain in known or any(
        plain.removesuffix(ending) in known for ending in _ENDINGS if plain.endswith(ending) and len(plain) > 4
    )
