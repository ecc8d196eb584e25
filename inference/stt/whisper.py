"""Whisper in this process: loads a model and decodes samples, on the thread that calls.

Uses faster-whisper's mel spectrum and tokenizer, and CTranslate2 directly where the stock wrapper would pad to 30 s.
Queues nothing and knows no sessions: ``lanes.py`` and ``local.py`` do.
"""

import copy
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from threadpoolctl import threadpool_limits

from inference.audio import SAMPLE_RATE, Float32Samples, samples_to_s
from inference.errors import DeviceMissing, ModelDamaged, ModelMissing
from inference.models import SpeechModel
from inference.stt.biasing import BiasSettings, adopted, hint_prompt, is_sure
from inference.stt.contract import Coverage, Hint, Samples, Transcript, Word
from inference.stt.coverage import CoverageSettings, cover, place, resume_at
from inference.stt.guards import GuardSettings, Speech, is_made_up, is_silence
from inference.stt.language import HeardLanguage
from inference.stt.pieces import Heard, insert, join_text, mean_logprob
from inference.stt.window import FULL_WINDOW_S, Decode, WindowSettings, better, what_looks_wrong
from inference.stt.words import group_words
from inference.vad.cuts import plan_pieces
from inference.vad.silero import WINDOW, shared_model, speech_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAMES_PER_S = 100  # mel frames: hop of 160 samples
_MAX_WORKERS = 4
_SHORTEST = 0.1  # seconds with a word in them
_ELISION = "… "  # opens a partial that leaves out the beginning

SpeechProbabilities = Callable[[Samples], Float32Samples]


class Whisper:
    """A loaded model. ``final`` and ``partial`` may run on several threads at once."""

    def __init__(
        self,
        model: WhisperModel,
        *,
        engine: str,
        language: str,
        windows: WindowSettings,
        guards: GuardSettings,
        coverage: CoverageSettings | None = None,
        biasing: BiasSettings | None = None,
        workers: int = 1,
        probabilities: SpeechProbabilities = speech_probabilities,
    ) -> None:
        """``engine`` is the name shown to people, ``workers`` how many decodes ``model`` was loaded to do at once.

        ``probabilities`` gives Silero's verdict on each 32 ms.
        """
        self.engine = engine
        self.workers = workers
        self._model = model
        self._windows = windows
        self._guards = guards
        self._coverage = coverage or CoverageSettings()
        self._biasing = biasing or BiasSettings()
        self._probabilities = probabilities
        self.multilingual = bool(model.model.is_multilingual)
        self._speak(language if self.multilingual else "en")
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]) or ())

    def speaking(self, language: str) -> "Whisper":
        """The same loaded model for another language (a code that it knows)."""
        other = copy.copy(self)
        other._speak(language)
        return other

    def _speak(self, language: str) -> None:
        self.language = language
        self._tokenizer = Tokenizer(self._model.hf_tokenizer, self.multilingual, task="transcribe", language=language)
        # Without timestamps: in a short window they cost accuracy (docs/speech.md).
        self._prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]

    def final(self, samples: Samples, hint: Hint | None = None) -> Transcript:
        """The best transcript of ``samples`` (shape (n,), float32, 16 kHz), with its words and its coverage."""
        began = time.perf_counter()
        probabilities = self._probabilities(samples)
        speech = Speech.measure(probabilities, self._guards)
        if is_silence(speech, self._guards):
            return self._transcript([Heard("", 0.0, 0.0, no_speech_prob=1.0 - speech.peak)], None, samples, began)
        pieces = [
            piece
            for start, stop in plan_pieces(probabilities, self._windows.longest, self._windows.cut_search)
            for piece in self._hear_out(samples, probabilities, start, stop, hint)
        ]
        pieces, coverage = self._close_gaps(pieces, samples, probabilities)
        return self._transcript(pieces, coverage, samples, began)

    def partial(self, samples: Samples, hint: Hint | None = None) -> Transcript:
        """A quick transcript of the newest ``partial_max_s`` seconds."""
        began = time.perf_counter()
        audio_s = samples_to_s(len(samples))
        newest = samples[-round(self._windows.partial_max_s * SAMPLE_RATE) :]
        newest_s = samples_to_s(len(newest))
        speech = Speech.measure(self._probabilities(newest), self._guards)
        if is_silence(speech, self._guards):
            return self._transcript([Heard("", 0.0, 0.0, no_speech_prob=1.0 - speech.peak)], None, samples, began)
        window_s = self._windows.partial_window_s(newest_s)
        decode = self._decode_window(newest, window_s, self._windows.partial_beam_size, self._prompt).decode
        text = decode.text
        if what_looks_wrong(decode, newest_s, self._windows) in ("length", "repetition"):
            text = ""  # no time for a second look: show nothing rather than a stutter
        if is_made_up(replace(decode, text=text), speech, self._guards):
            text = ""
        if text and len(newest) < len(samples):
            text = _ELISION + text
        earlier_s = audio_s - newest_s
        heard = Heard(
            text,
            earlier_s + speech.start_s,
            min(earlier_s + speech.end_s, audio_s),
            tokens=decode.tokens,
            avg_logprob=decode.avg_logprob,
            no_speech_prob=decode.no_speech_prob,
        )
        return self._transcript([heard], None, samples, began)

    def hear_language(self, samples: Samples) -> HeardLanguage | None:
        """What the newest seconds of ``samples`` speak; None where nobody speaks. For a multilingual model.

        Looks at the full window: in a shorter one Spanish is taken for Latin.
        """
        newest = samples[-round(self._windows.partial_max_s * SAMPLE_RATE) :]
        speech = Speech.measure(self._probabilities(newest), self._guards)
        if is_silence(speech, self._guards):
            return None
        features = self._model.model.encode(ctranslate2.StorageView.from_array(self._mel(newest, FULL_WINDOW_S)))
        token, probability = self._model.model.detect_language(features)[0][0]
        return HeardLanguage(token.strip("<|>"), probability, speech.spoken_s)

    def warm_up(self) -> None:
        """Decode once past the guards, so that no buffer is left to allocate."""
        noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(0.01)
        self._probabilities(noise)
        self._decode_window(noise, self._windows.floor_s, self._windows.beam_size, self._prompt)

    def _hear_out(
        self, samples: Samples, probabilities: Float32Samples, start: int, stop: int, hint: Hint | None
    ) -> list[Heard]:
        """As ``_hear``, to the end: of several sentences Whisper may write the first only; then it hears the others."""
        pieces = [self._hear(samples, probabilities, start, stop, hint)]
        while (start := resume_at(pieces[-1].words, probabilities, stop, self._coverage)) < stop:
            pieces.append(self._hear(samples, probabilities, start, stop, hint))
        return pieces

    def _hear(self, samples: Samples, probabilities: Float32Samples, start: int, stop: int, hint: Hint | None) -> Heard:
        """What was said in the windows (of 32 ms) from ``start`` to ``stop``; its times count from the first sample."""
        piece, speech = samples[start * WINDOW : stop * WINDOW], Speech.measure(probabilities[start:stop], self._guards)
        if len(piece) < _SHORTEST * SAMPLE_RATE or is_silence(speech, self._guards):
            return Heard("", 0.0, 0.0, no_speech_prob=1.0 - speech.peak)
        audio_s, before_s = samples_to_s(len(piece)), samples_to_s(start * WINDOW)
        found = self._listen(piece, self._windows.window_s(audio_s), speech, hint)
        doubt = what_looks_wrong(found.decode, audio_s, self._windows)
        if doubt and not is_made_up(found.decode, speech, self._guards):
            second = self._listen(piece, self._windows.second_window_s(audio_s), speech, hint)
            found = second if better(found.decode, second.decode, audio_s, self._windows) is second.decode else found
        decode = found.decode
        if is_made_up(decode, speech, self._guards):
            return Heard("", 0.0, 0.0, no_speech_prob=decode.no_speech_prob)
        words = place(self._words(found, audio_s), probabilities[start:stop], self._coverage)
        return Heard(
            decode.text,
            before_s + speech.start_s,
            before_s + min(speech.end_s, audio_s),
            tuple(Word(word.text, before_s + word.start_s, before_s + word.end_s) for word in words),
            decode.tokens,
            decode.avg_logprob,
            decode.no_speech_prob,
        )

    def _listen(self, piece: Samples, window_s: float, speech: Speech, hint: Hint | None) -> "_Pass":
        """A pass over ``piece``; where there is a hint, with what a second pass over it has heard of that."""
        found = self._decode_window(piece, window_s, self._windows.beam_size, self._prompt)
        if not hint or is_sure(found.decode, self._biasing) or is_made_up(found.decode, speech, self._guards):
            return found
        told = hint_prompt(hint, self._encode, self._biasing.max_tokens)
        if not told:
            return found
        prompt = [self._tokenizer.sot_prev, *told, *self._prompt]
        again = self._generate(found.features, samples_to_s(len(piece)), self._biasing.beam_size, prompt).decode
        text = adopted(found.decode, again, hint, self._biasing)
        if text == found.decode.text:
            return found
        tokens = self._encode(f" {text}")
        decode = replace(found.decode, text=text, tokens=len(tokens), avg_logprob=again.avg_logprob)
        return _Pass(decode, tokens, found.features)

    def _close_gaps(
        self, pieces: list[Heard], samples: Samples, probabilities: Float32Samples
    ) -> tuple[list[Heard], Coverage]:
        """Decode speech that got no words again, by itself, and insert what is new in it."""
        coverage = self._cover(pieces, probabilities)
        if not any(piece.words for piece in pieces):
            return pieces, coverage  # all of it was heard already, and is nothing
        around = round(self._coverage.look_around_s * SAMPLE_RATE / WINDOW)
        for gap in coverage.gaps[: self._coverage.most_gaps]:
            start, stop = (round(at_s * SAMPLE_RATE / WINDOW) for at_s in gap)
            found = self._hear(samples, probabilities, max(0, start - around), stop + around, None)
            if found.avg_logprob >= self._windows.min_logprob:
                pieces = insert(pieces, found, gap)
        return pieces, self._cover(pieces, probabilities)

    def _cover(self, pieces: list[Heard], probabilities: Float32Samples) -> Coverage:
        return cover([word for piece in pieces for word in piece.words], probabilities, self._coverage)

    def _words(self, found: "_Pass", audio_s: float) -> list[Word]:
        """The words of a pass, in seconds from its first sample."""
        if not found.tokens:
            return []
        frames = min(round(audio_s * _FRAMES_PER_S), 2 * found.features.shape[1])
        aligned = self._model.model.align(found.features, self._tokenizer.sot_sequence, [found.tokens], frames)[0]
        pieces, tokens = self._tokenizer.split_to_word_tokens(found.tokens)
        return group_words(pieces, [len(one) for one in tokens], aligned.alignments)

    def _decode_window(self, samples: Samples, window_s: float, beam_size: int, prompt: list[int]) -> "_Pass":
        """One pass over a window of ``window_s`` seconds that holds all of ``samples``, after the ``prompt`` tokens."""
        features = self._model.model.encode(ctranslate2.StorageView.from_array(self._mel(samples, window_s)))
        return self._generate(features, samples_to_s(len(samples)), beam_size, prompt)

    def _generate(
        self, features: ctranslate2.StorageView, audio_s: float, beam_size: int, prompt: list[int]
    ) -> "_Pass":
        """What the decoder makes of encoded ``audio_s`` seconds after the ``prompt`` tokens."""
        result = self._model.model.generate(
            features,
            [prompt],
            beam_size=beam_size,
            max_length=len(prompt) + self._windows.max_tokens(audio_s),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
        )[0]
        tokens = result.sequences_ids[0]
        # CTranslate2 gives the mean over the tokens; Whisper counts the end token too.
        logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        decode = Decode(self._tokenizer.decode(tokens).strip(), len(tokens), logprob, result.no_speech_prob)
        return _Pass(decode, tokens, features)

    def _encode(self, text: str) -> list[int]:
        """Tokens of words; what looks like one of Whisper's own marks in ``text`` is left out."""
        return [token for token in self._tokenizer.encode(text) if token < self._tokenizer.eot]

    def _mel(self, samples: Samples, window_s: float) -> "NDArray[np.float32]":
        """Shape (1, mels, frames). Padded with zeros after the spectrum, as faster-whisper does."""
        frames = round(window_s * _FRAMES_PER_S) // 2 * 2  # the encoder halves them
        spectrum = self._model.feature_extractor(samples)[:, :-1][:, :frames]
        mel = np.zeros((1, spectrum.shape[0], frames), np.float32)
        mel[0, :, : spectrum.shape[1]] = spectrum
        return mel

    def _transcript(self, pieces: list[Heard], coverage: Coverage | None, samples: Samples, began: float) -> Transcript:
        """The answer; empty where nobody said anything."""
        audio_s = samples_to_s(len(samples))
        spoken = [piece for piece in pieces if piece.text]
        return Transcript(
            join_text(spoken),
            segments=tuple(piece.segment for piece in spoken),
            language=self.language,
            avg_logprob=mean_logprob(spoken),
            no_speech_prob=min(piece.no_speech_prob for piece in pieces),
            audio_s=audio_s,
            decode_s=time.perf_counter() - began,
            engine=self.engine,
            words=tuple(
                Word(word.text.strip(), min(word.start_s, audio_s), min(word.end_s, audio_s))
                for piece in spoken
                for word in piece.words
            ),
            coverage=coverage,
        )


class _Pass(NamedTuple):
    """One pass, with what an alignment or another pass needs of it."""

    decode: Decode
    tokens: list[int]
    features: ctranslate2.StorageView  # the encoder's, shape (1, frames / 2, width)


def load_whisper(
    model: SpeechModel,
    *,
    device: str,
    compute_type: str | None,
    threads: int,
    workers: int,
    windows: WindowSettings,
    guards: GuardSettings,
    language: str,
) -> Whisper:
    """Load ``model``, check its SHA-256 meanwhile, and decode once. Raises ModelMissing or ModelDamaged.

    ``workers``: decodes at the same time, 0 is one a core up to 4, and one on a GPU.
    """
    gpus = ctranslate2.get_cuda_device_count()
    if device == "cuda" and not gpus:
        raise DeviceMissing(
            "The speech model is to run on cuda, but no GPU can be used here. Check that `nvidia-smi` shows one and "
            "that the driver, CUDA 12 and cuDNN 9 are installed, or set SIDENOTE_STT_DEVICE to auto or cpu."
        )
    if device == "auto":
        device = "cuda" if gpus else "cpu"
    compute_type = compute_type or ("float16" if device == "cuda" else "int8")
    workers = workers or (1 if device == "cuda" else min(_MAX_WORKERS, _cores()))
    shared_model()
    # The matrix product in the mel spectrum is too small to share out: OpenBLAS's other threads only spin, and took as
    # much CPU again as the whole decode.
    threadpool_limits(1, "blas")
    with ThreadPoolExecutor(1, "sha256") as pool:
        verified = pool.submit(model.verify)  # hashing releases the GIL, as loading does
        try:
            loaded = WhisperModel(
                str(model.folder), device=device, compute_type=compute_type, cpu_threads=threads, num_workers=workers
            )
        except Exception as error:
            verified.result()  # a wrong SHA-256 explains more than what CTranslate2 stumbled over
            raise ModelDamaged(
                f"The speech model {model.name!r} in {model.folder} can't be loaded on {device} as {compute_type} "
                f"({error}). "
                "Fetch or convert it again, or choose another device or compute type."
            ) from error
        verified.result()
    if loaded.model.is_multilingual and language not in loaded.supported_languages:
        raise ModelMissing(
            f"The speech model {model.name!r} knows no language {language!r}. Set one of: "
            f"{', '.join(loaded.supported_languages)}."
        )
    engine = f"faster-whisper {model.name} ({device}, {compute_type})"
    whisper = Whisper(loaded, engine=engine, language=language, windows=windows, guards=guards, workers=workers)
    with ThreadPoolExecutor(workers, "warm-up") as pool:  # each of the model's workers has buffers of its own
        for warm in [pool.submit(whisper.warm_up) for _ in range(workers)]:
            warm.result()
    return whisper


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux: a container may be given fewer than the machine has
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
