"""Which language a stream speaks: the one that was set, or the one that was heard first. Decodes nothing.

A stream's language is heard once, on its first utterance with enough speech, and then kept: a person rarely changes
it, and a short command in another one is heard wrong more often than it is meant.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

AUTO = "auto"

# The endpoints of speech to text name a language in English; requests want its code (ISO 639-1).
_CODES = dict(
    pair.split(":")
    for pair in (
        "afrikaans:af arabic:ar armenian:hy azerbaijani:az belarusian:be bosnian:bs bulgarian:bg cantonese:yue "
        "castilian:es catalan:ca chinese:zh croatian:hr czech:cs danish:da dutch:nl english:en estonian:et finnish:fi "
        "flemish:nl french:fr galician:gl german:de greek:el hebrew:he hindi:hi hungarian:hu icelandic:is "
        "indonesian:id italian:it japanese:ja kannada:kn kazakh:kk korean:ko latvian:lv lithuanian:lt macedonian:mk "
        "malay:ms mandarin:zh maori:mi marathi:mr nepali:ne norwegian:no persian:fa polish:pl portuguese:pt "
        "romanian:ro russian:ru serbian:sr slovak:sk slovenian:sl spanish:es swahili:sw swedish:sv tagalog:tl "
        "tamil:ta thai:th turkish:tr ukrainian:uk urdu:ur vietnamese:vi welsh:cy"
    ).split()
)

_NO_LANGUAGE = frozenset({"und", "mul", "mis", "zxx", "unk"})  # written where a code belongs, and taken by nobody


def code_of(language: str) -> str | None:
    """The code of a language given by its English name or its code; None for what is neither."""
    word = language.strip().lower()
    if word in _CODES:
        return _CODES[word]
    is_code = word.isascii() and word.isalpha() and 2 <= len(word) <= 3 and word not in _NO_LANGUAGE
    return word if is_code else None


@dataclass(frozen=True, slots=True)
class HeardLanguage:
    """What a piece of audio was heard to speak."""

    language: str  # code
    probability: float  # 0-1
    spoken_s: float  # seconds of speech that it was heard in


class LanguageMemory:
    """What each stream speaks. May be used from several threads."""

    def __init__(
        self, setting: str, *, least_speech_s: float = 1.0, least_probability: float = 0.5, most_streams: int = 10_000
    ) -> None:
        """``setting``: a code, or "auto". Past ``most_streams`` the one not asked about longest is forgotten."""
        self._pinned = None if setting == AUTO else setting
        self._least_speech_s = least_speech_s
        self._least_probability = least_probability
        self._most_streams = most_streams
        self._heard: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, stream: str) -> str | None:
        """The code of the stream's language; None: not known yet."""
        if self._pinned:
            return self._pinned
        with self._lock:
            if stream in self._heard:
                self._heard.move_to_end(stream)
            return self._heard.get(stream)

    def hear(self, stream: str, language: str, *, probability: float, spoken_s: float) -> None:
        """An utterance with ``spoken_s`` seconds of speech was in ``language``, with that probability, 0-1."""
        if self._pinned or spoken_s < self._least_speech_s or probability < self._least_probability:
            return
        with self._lock:
            self._heard.setdefault(stream, language)
            if len(self._heard) > self._most_streams:
                self._heard.popitem(last=False)
