"""Whisper in this process: loads a model and decodes samples, on the thread that calls.

Uses faster-whisper's mel spectrum and tokenizer, and CTranslate2 directly where the stock wrapper would pad to 30 s.
Queues nothing and knows no sessions: ``lanes.py`` and ``local.py`` do.
"""

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
from inference.errors import ModelDamaged, ModelMissing
from inference.models import SpeechModel
from inference.stt.biasing import BiasSettings, adopted, hint_prompt, is_sure
from inference.stt.contract import Hint, Samples, Segment, Transcript
from inference.stt.guards import GuardSettings, Speech, is_made_up, is_silence
from inference.stt.window import SINGLE_WINDOW_MAX_S, Decode, WindowSettings, better, what_looks_wrong
from inference.vad.silero import shared_model, speech_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAMES_PER_S = 100  # mel frames: hop of 160 samples
_MAX_WORKERS = 4
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
        self._biasing = biasing or BiasSettings()
        self._probabilities = probabilities
        multilingual = bool(model.model.is_multilingual)
        self.language = language if multilingual else "en"
        self._tokenizer = Tokenizer(model.hf_tokenizer, multilingual, task="transcribe", language=self.language)
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]) or ())
        # Without timestamps: in a short window they cost accuracy (docs/speech.md).
        self._prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]

    def final(self, samples: Samples, hint: Hint | None = None) -> Transcript:
        """The best transcript of ``samples`` (shape (n,), float32, 16 kHz)."""
        began = time.perf_counter()
        audio_s = samples_to_s(len(samples))
        speech = Speech.measure(self._probabilities(samples), self._guards)
        if is_silence(speech, self._guards):
            return self._transcript(None, speech, audio_s, began)
        if audio_s > SINGLE_WINDOW_MAX_S:
            decode, segments = self._decode_stock(samples)
        else:
            window_s = self._windows.window_s(audio_s)
            found = self._decode_window(samples, window_s, self._windows.beam_size, self._prompt)
            if hint and not is_made_up(found.decode, speech, self._guards):
                found = self._hinted(found, audio_s, hint)
            decode, segments = found.decode, ()
            doubt = what_looks_wrong(decode, audio_s, self._windows)
            if doubt and not is_made_up(decode, speech, self._guards):
                decode, segments = self._second_look(samples, decode)
        return self._transcript(decode, speech, audio_s, began, segments)

    def partial(self, samples: Samples, hint: Hint | None = None) -> Transcript:
        """A quick transcript of the newest ``partial_max_s`` seconds."""
        began = time.perf_counter()
        audio_s = samples_to_s(len(samples))
        newest = samples[-round(self._windows.partial_max_s * SAMPLE_RATE) :]
        newest_s = samples_to_s(len(newest))
        speech = Speech.measure(self._probabilities(newest), self._guards)
        if is_silence(speech, self._guards):
            return self._transcript(None, speech, audio_s, began)
        window_s = self._windows.partial_window_s(newest_s)
        decode = self._decode_window(newest, window_s, self._windows.partial_beam_size, self._prompt).decode
        if what_looks_wrong(decode, newest_s, self._windows) in ("length", "repetition"):
            decode = replace(decode, text="")  # no time for a second look: show nothing rather than a stutter
        if decode.text and len(newest) < len(samples):
            decode = replace(decode, text=_ELISION + decode.text)
        earlier_s = audio_s - newest_s
        speech = replace(speech, start_s=earlier_s + speech.start_s, end_s=earlier_s + speech.end_s)
        return self._transcript(decode, speech, audio_s, began)

    def warm_up(self) -> None:
        """Decode once past the guards, so that no buffer is left to allocate."""
        noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * np.float32(0.01)
        self._probabilities(noise)
        self._decode_window(noise, self._windows.floor_s, self._windows.beam_size, self._prompt)

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

    def _hinted(self, found: "_Pass", audio_s: float, hint: Hint) -> "_Pass":
        """``found`` with what a second pass over the same features, which was told the hint, has heard of it."""
        told = hint_prompt(hint, self._encode, self._biasing.max_tokens)
        if not told or is_sure(found.decode, self._biasing):
            return found
        prompt = [self._tokenizer.sot_prev, *told, *self._prompt]
        again = self._generate(found.features, audio_s, self._biasing.beam_size, prompt).decode
        text = adopted(found.decode.text, again.text, hint, self._biasing)
        if text == found.decode.text:
            return found
        tokens = self._encode(f" {text}")
        decode = replace(found.decode, text=text, tokens=len(tokens), avg_logprob=again.avg_logprob)
        return _Pass(decode, tokens, found.features)

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

    def _second_look(self, samples: Samples, first: Decode) -> tuple[Decode, tuple[Segment, ...]]:
        """Decode again in the full window and keep the better of both."""
        second, segments = self._decode_stock(samples)
        if better(first, second, samples_to_s(len(samples)), self._windows) is first:
            return first, ()
        return second, segments

    def _decode_stock(self, samples: Samples) -> tuple[Decode, tuple[Segment, ...]]:
        """faster-whisper's own loop over windows of 30 s, without its temperature ladder."""
        found, _ = self._model.transcribe(
            samples,
            language=self.language,
            beam_size=self._windows.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            max_new_tokens=self._windows.max_tokens(SINGLE_WINDOW_MAX_S),
        )
        parts = list(found)  # lazy: the work is done here, on this thread
        if not parts:
            return Decode("", 0, 0.0, 0.0), ()
        audio_s = samples_to_s(len(samples))
        weights = [max(1, len(part.tokens)) for part in parts]
        decode = Decode(
            " ".join(part.text.strip() for part in parts).strip(),
            sum(weights),
            float(np.average([part.avg_logprob for part in parts], weights=weights)),
            min(part.no_speech_prob for part in parts),
        )
        segments = tuple(
            Segment(min(part.start, audio_s), min(part.end, audio_s), part.text.strip())
            for part in parts
            if part.start < audio_s  # later than the audio: made up for the padding
        )
        return decode, segments

    def _transcript(
        self,
        decode: Decode | None,
        speech: Speech,
        audio_s: float,
        began: float,
        segments: tuple[Segment, ...] = (),
    ) -> Transcript:
        """The answer; empty when nothing was decoded or nobody said it."""
        if decode is None or is_made_up(decode, speech, self._guards):
            text, segments, logprob = "", (), 0.0
            no_speech_prob = decode.no_speech_prob if decode else 1.0 - speech.peak
        else:
            text, logprob, no_speech_prob = decode.text, decode.avg_logprob, decode.no_speech_prob
            segments = segments or (Segment(speech.start_s, min(speech.end_s, audio_s), text),)
        return Transcript(
            text,
            segments=segments,
            language=self.language,
            avg_logprob=logprob,
            no_speech_prob=no_speech_prob,
            audio_s=audio_s,
            decode_s=time.perf_counter() - began,
            engine=self.engine,
        )


class _Pass(NamedTuple):
    """One pass, with what another one needs of it."""

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
    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
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
    whisper.warm_up()
    return whisper


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux: a container may be given fewer than the machine has
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
