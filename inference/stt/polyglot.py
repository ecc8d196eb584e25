"""A Whisper that speaks each stream's language: the one that was set, or the one that the stream was heard to speak.

Hearing costs one encode more, on a stream's first second of speech alone; a partial spares the final even that.
"""

from inference.stt.contract import Hint, Samples, Transcript
from inference.stt.language import AUTO, LanguageMemory
from inference.stt.whisper import Whisper


class Polyglot:
    """The decoder of ``LocalWhisper``. ``final`` and ``partial`` may run on several threads at once."""

    def __init__(self, whisper: Whisper, language: str) -> None:
        """``language``: a code that ``whisper`` is made for, or "auto"; an English-only model hears English."""
        self.engine = whisper.engine
        self.workers = whisper.workers
        self._whisper = whisper
        self._memory = LanguageMemory(language if whisper.multilingual else whisper.language)
        self._by_language = {whisper.language: whisper}
        self._sure = language != AUTO or not whisper.multilingual

    def final(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
        """See ``Whisper.final``; ``stream`` is whose language counts."""
        return self._of(stream, samples).final(samples, hint)

    def partial(self, samples: Samples, hint: Hint | None = None, stream: str = "") -> Transcript:
        """See ``Whisper.partial``."""
        return self._of(stream, samples).partial(samples, hint)

    def _of(self, stream: str, samples: Samples) -> Whisper:
        """The decoder for the stream's language, heard now where it is not known."""
        if self._sure:
            return self._whisper
        language = self._memory.of(stream)
        if language is None:
            heard = self._whisper.hear_language(samples)
            if heard is None:
                return self._whisper  # nobody speaks
            language = heard.language
            self._memory.hear(stream, language, probability=heard.probability, spoken_s=heard.spoken_s)
        if language not in self._by_language:
            self._by_language[language] = self._whisper.speaking(language)
        return self._by_language[language]
