"""How much audio Whisper is shown, and how to tell that it went wrong. Pure: numbers in, verdicts out.

Whisper was trained on windows of 30 s and the stock wrapper always pads to that, though most utterances last a few
seconds. A shorter window costs less in proportion; too short a one makes the model repeat itself. Hence a floor, a
margin after the audio, and a second, wider look when the result looks wrong. docs/speech.md has the measurements.
"""

import zlib
from dataclasses import dataclass

from inference.audio import SAMPLE_RATE
from inference.vad.silero import WINDOW

FULL_WINDOW_S = 30.0  # what Whisper was trained on
_LONGEST_PIECE_S = 28.0  # that a window can hold with a margin
_WIDER_S = 5.0  # a second look, than the first
_MAX_TOKENS = 224  # half of Whisper's context, as in its own code


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """Window, beam and thresholds of finals; narrower ones for partials, which a final may have to wait for."""

    floor_s: float = 10.0  # never a shorter window
    margin_s: float = 2.5  # window beyond the end of the audio
    beam_size: int = 5
    second_floor_s: float = 15.0  # of a second look, which also hears 5 s more than the first did
    partial_floor_s: float = 10.0
    partial_margin_s: float = 2.0
    partial_beam_size: int = 1
    partial_max_s: float = 20.0  # a partial hears the newest 20 s, which bounds what a final may wait for
    longest_s: float = 25.0  # longer audio is cut into pieces of this length at most,
    cut_search_s: float = 10.0  # at the best pause in a stretch this long
    min_logprob: float = -0.6  # below it a second look pays (Whisper's own threshold is -1.0)
    max_compression: float = 2.4  # Whisper's own threshold of repetition
    tokens_per_s: float = 10.0  # nobody speaks faster than this; a decode that does repeats itself
    spare_tokens: int = 24  # for very short audio

    def __post_init__(self) -> None:
        floors = (self.floor_s, self.partial_floor_s, self.second_floor_s)
        if not all(1 <= floor_s <= FULL_WINDOW_S for floor_s in floors):
            raise ValueError("floor_s, partial_floor_s and second_floor_s must lie between 1 and 30.")
        if self.margin_s < 0 or self.partial_margin_s < 0:
            raise ValueError("margin_s and partial_margin_s must not be negative.")
        if self.beam_size < 1 or self.partial_beam_size < 1 or not 1 <= self.partial_max_s <= _LONGEST_PIECE_S:
            raise ValueError("Beams must be >= 1 and partial_max_s between 1 and 28.")
        if not 0 < self.cut_search_s < self.longest_s <= _LONGEST_PIECE_S:
            raise ValueError("longest_s must be 28 at most and cut_search_s must be shorter.")

    def window_s(self, audio_s: float) -> float:
        """Window of a final of ``audio_s`` seconds."""
        return min(FULL_WINDOW_S, max(self.floor_s, audio_s + self.margin_s))

    def second_window_s(self, audio_s: float) -> float:
        """Window of a second look at ``audio_s`` seconds."""
        return min(FULL_WINDOW_S, max(self.second_floor_s, self.window_s(audio_s) + _WIDER_S))

    def partial_window_s(self, audio_s: float) -> float:
        """Window of a partial of ``audio_s`` seconds."""
        return min(FULL_WINDOW_S, max(self.partial_floor_s, audio_s + self.partial_margin_s))

    @property
    def longest(self) -> int:
        """``longest_s`` in windows of Silero."""
        return int(self.longest_s * SAMPLE_RATE / WINDOW)

    @property
    def cut_search(self) -> int:
        """``cut_search_s`` in windows of Silero."""
        return int(self.cut_search_s * SAMPLE_RATE / WINDOW)

    def max_tokens(self, audio_s: float) -> int:
        """Tokens that a decode of ``audio_s`` seconds may make."""
        return min(_MAX_TOKENS, self.spare_tokens + round(self.tokens_per_s * audio_s))


_MEASURED = {"tiny.en": WindowSettings(), "base": WindowSettings()}  # docs/speech.md has the figures
_CAUTIOUS = WindowSettings(floor_s=12.0, margin_s=4.0, second_floor_s=FULL_WINDOW_S)


def windows_for(model: str) -> WindowSettings:
    """The settings measured for the model of this name; wider windows for those that nobody has measured."""
    return _MEASURED.get(model, _CAUTIOUS)


@dataclass(frozen=True, slots=True)
class Decode:
    """What one pass gave."""

    text: str
    tokens: int
    avg_logprob: float  # mean over the tokens, <= 0
    no_speech_prob: float  # 0-1

    @property
    def compression(self) -> float:
        """Bytes of text over bytes compressed, as Whisper measures repetition."""
        data = self.text.encode()
        return len(data) / len(zlib.compress(data)) if data else 0.0


def what_looks_wrong(decode: Decode, audio_s: float, settings: WindowSettings) -> str | None:
    """Why ``decode`` deserves a second look in a wider window, or None."""
    if not decode.text:
        return "nothing"
    if decode.tokens >= settings.max_tokens(audio_s):
        return "length"
    if decode.compression > settings.max_compression or repeats(decode.text):
        return "repetition"
    if decode.avg_logprob < settings.min_logprob:
        return "log-probability"
    return None


def better(first: Decode, second: Decode, audio_s: float, settings: WindowSettings) -> Decode:
    """Which of two decodes of the same audio to believe; ``first`` is known to look wrong."""
    if not second.text:
        return first
    doubt = what_looks_wrong(second, audio_s, settings)
    if doubt in ("length", "repetition"):
        return min(first, second, key=lambda decode: decode.tokens)  # both stutter, or the person does
    if doubt == "log-probability" and what_looks_wrong(first, audio_s, settings) == doubt:
        return max(first, second, key=lambda decode: decode.avg_logprob)
    return second


def repeats(text: str) -> bool:
    """Whether four words in a row come twice, or the text ends in the same 1-3 words three times over.

    That is how a window too short goes wrong: the sentence is said again, confidently, and too rarely for the
    compression ratio to tell. People do repeat themselves; a second look costs them only its time.
    """
    words = [word.strip(".,!?").lower() for word in text.split()]
    fours = [tuple(words[at : at + 4]) for at in range(len(words) - 3)]
    if len(set(fours)) < len(fours):
        return True
    end = len(words)
    return any(
        words[end - size :] == words[end - 2 * size : end - size] == words[end - 3 * size : end - 2 * size]
        for size in range(1, min(3, end // 3) + 1)
    )
