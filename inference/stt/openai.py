"""Speech to text by any OpenAI-compatible transcription endpoint: what was said leaves the machine as audio.

Silence, by Silero's word, is never sent. Finals wait for one of a few slots, in the order in which they came, and once
accepted are asked for. Partials take a slot only where one is free, one at a time a stream, and leave one of several to
finals. This module keeps no audio and logs no text.
"""

import asyncio
import io
import time
import wave
from dataclasses import dataclass, replace
from typing import Any, Literal

import openai

from inference.audio import SAMPLE_RATE, float32_to_pcm16, samples_to_s
from inference.errors import BadAudio, EndpointDown, EndpointRefused, EngineBusy, InferenceError, ModelMissing
from inference.http_client import http_client
from inference.stt.contract import Hint, Load, Samples, Segment, Speculation, Transcript
from inference.stt.guards import GuardSettings, Speech, is_made_up, is_silence
from inference.stt.incoming import checked, too_short
from inference.stt.language import AUTO, LanguageMemory
from inference.stt.reply import Reply, read_reply
from inference.stt.speculation import BegunEarly, BegunWhenAdopted
from inference.stt.window import Decode
from inference.vad.silero import shared_model, speech_probabilities

MAX_REPLY = 2_000_000  # bytes taken before the endpoint is given up; ten minutes in verbose JSON have a tenth of it
MAX_PROMPT = 600  # characters; Whisper reads 224 tokens
PARTIAL_MAX_S = 12.0  # a partial hears the newest 12 s, as that of the local engine
RETRY_AFTER_S = 0.25
_ELISION = "… "  # opens a partial that leaves out the beginning
_NEWEST_SHARE = 0.2  # of the newest request in the moving average of their seconds

Format = Literal["verbose_json", "json"]


@dataclass(eq=False, slots=True)
class _Turn:
    """The partials of one stream: one is asked for at a time, and of those that wait only the newest."""

    lock: asyncio.Lock
    newest: object | None = None


class OpenAITranscription:
    """A SpeechToText over the ``openai`` client. See ``contract.py`` for what its methods promise."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        deadline_s: float,
        language: str = "en",
        partials: bool = False,
        speculate: bool = False,
        requests: int = 4,
        max_queue: int = 32,
        guards: GuardSettings | None = None,
    ) -> None:
        """``deadline_s``: seconds a final may take once it has its slot, the second try included.

        ``language``: a code, or "auto". ``partials``, ``speculate``: whether to ask while a person still speaks, and
        at a pause that may not be the end; either costs requests. ``requests``: at the same time.
        """
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            max_retries=0,
            timeout=deadline_s,
            http_client=http_client(),
        )
        self._model = model
        self._deadline_s = deadline_s
        self._language = language
        self._languages = LanguageMemory(language)
        self._ask_partials = partials
        self._ask_early = speculate
        self._requests = requests
        self._slots = asyncio.Semaphore(requests)
        self._partial_slots = asyncio.Semaphore(max(1, requests - 1))  # a final waits for no partial alone
        self._max_queue = max_queue
        self._guards = guards or GuardSettings()
        self._format: Format = "verbose_json"
        self._waiting = 0
        self._turns: dict[str, _Turn] = {}
        self._request_s = 1.0  # moving average

    @property
    def name(self) -> str:
        return f"openai {self._model} ({self._client.base_url.host})"

    async def warm_up(self) -> None:
        """Load Silero. The endpoint is first asked with the first utterance. Raises ModelMissing or ModelDamaged."""
        await asyncio.to_thread(shared_model)

    @property
    def load(self) -> Load:
        waiting = self._waiting
        return Load(waiting, waiting / self._requests * self._request_s, waiting >= self._max_queue)

    async def final(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript:
        """Raises EndpointDown, EndpointRefused and ModelMissing besides what the contract names."""
        samples = checked(samples)
        if turn := self._turns.get(stream):
            turn.newest = None  # its partials are stale
        if self._slots.locked() and self._waiting >= self._max_queue:
            raise EngineBusy(f"{self._max_queue} utterances wait for transcription already. Try again in a moment.")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._transcribe(stream, samples, hint)
        finally:
            self._slots.release()

    def speculate(self, stream: str, samples: Samples, hint: Hint | None = None) -> Speculation:
        if self._ask_early:
            return BegunEarly(self.final(stream, samples, hint))
        samples = checked(samples)
        return BegunWhenAdopted(lambda: self.final(stream, samples, hint))

    async def partial(self, stream: str, samples: Samples, hint: Hint | None = None) -> Transcript | None:
        if not self._ask_partials:
            return None
        samples = checked(samples)
        ticket = object()
        turn = self._turns.setdefault(stream, _Turn(asyncio.Lock()))
        turn.newest = ticket
        try:
            async with turn.lock:
                if turn.newest is not ticket or self._slots.locked() or self._partial_slots.locked():
                    return None
                async with self._partial_slots, self._slots:
                    transcript = await self._transcribe(stream, samples[-round(PARTIAL_MAX_S * SAMPLE_RATE) :], hint)
                return _placed(transcript, samples_to_s(len(samples))) if turn.newest else None
        finally:
            if turn.newest in (ticket, None) and self._turns.get(stream) is turn:
                del self._turns[stream]

    async def close(self) -> None:
        await self._client.close()

    async def _transcribe(self, stream: str, samples: Samples, hint: Hint | None) -> Transcript:
        began = time.perf_counter()
        audio_s = samples_to_s(len(samples))
        language = self._languages.of(stream)
        nothing = Transcript("", language=language or AUTO, audio_s=audio_s, engine=self.name)
        if too_short(samples):
            return nothing
        speech = Speech.measure(await asyncio.to_thread(speech_probabilities, samples), self._guards)
        if is_silence(speech, self._guards):
            return nothing
        reply = await self._ask(samples, language, hint)
        took_s = time.perf_counter() - began
        self._request_s += _NEWEST_SHARE * (took_s - self._request_s)
        if reply.language and not language:
            self._languages.hear(stream, reply.language, probability=1.0, spoken_s=speech.spoken_s)
        decode = Decode(reply.text, len(reply.text.split()), reply.avg_logprob, reply.no_speech_prob)
        if is_made_up(decode, speech, self._guards):
            return nothing
        return Transcript(
            reply.text,
            segments=reply.segments or (Segment(speech.start_s, min(speech.end_s, audio_s), reply.text),),
            language=reply.language or language or AUTO,
            avg_logprob=reply.avg_logprob,
            no_speech_prob=reply.no_speech_prob,
            audio_s=audio_s,
            decode_s=took_s,
            engine=self.name,
        )

    async def _ask(self, samples: Samples, language: str | None, hint: Hint | None) -> Reply:
        """The answer, after a second try where that may help. Raises as ``final`` does."""
        late = (
            f"{self._where} did not answer within {self._deadline_s:g} s. Try again, or give it longer in the settings."
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                try:
                    return await self._asked_once(samples, language, hint)
                except InferenceError as error:
                    if not error.retryable:
                        raise
                await asyncio.sleep(RETRY_AFTER_S)
                return await self._asked_once(samples, language, hint)
        except (TimeoutError, openai.APITimeoutError) as error:
            raise EndpointDown(late) from error

    async def _asked_once(self, samples: Samples, language: str | None, hint: Hint | None) -> Reply:
        wav, audio_s = _wav(samples), samples_to_s(len(samples))
        wanted: dict[str, Any] = {"language": language} if language else {}
        if hint and (prompt := _prompt(hint)):
            wanted["prompt"] = prompt
        try:
            asked = self._format  # others may find out meanwhile what is given
            try:
                return read_reply(await self._body(wav, asked, wanted), audio_s)
            except (openai.BadRequestError, openai.UnprocessableEntityError):
                if asked == "json":
                    raise
            plain = read_reply(await self._body(wav, "json", wanted), audio_s)
            self._format = "json"  # newer models of OpenAI give no other
            return plain
        except openai.APIStatusError as error:
            raise self._explained(error.status_code) from error
        except openai.APITimeoutError:
            raise
        except openai.APIConnectionError as error:
            raise EndpointDown(
                f"{self._where} can't be reached. Check that it runs, and its address in the settings."
            ) from error

    async def _body(self, wav: bytes, asked: Format, wanted: dict[str, Any]) -> bytes:
        """Ask, and take the body as long as it is not oversized. Raises openai.APIError and EndpointDown."""
        asking = self._client.audio.transcriptions.with_streaming_response.create(
            file=("speech.wav", wav, "audio/wav"),
            model=self._model,
            response_format=asked,
            temperature=0,
            **wanted,
        )
        async with asking as response:
            body = bytearray()
            try:
                async for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MAX_REPLY:
                        break
            except Exception as error:  # the transport's own errors have other names in other versions of the client
                raise EndpointDown(f"{self._where} broke off its answer. Try again; look at its log.") from error
        if len(body) > MAX_REPLY:
            raise EndpointDown(f"{self._where} sent more than {MAX_REPLY} bytes for one utterance. Look at its log.")
        return bytes(body)

    @property
    def _where(self) -> str:
        return f"The transcription endpoint {self._client.base_url.host}"

    def _explained(self, status: int) -> InferenceError:
        """What a status means. The endpoint's own words are left out: they may repeat what was said."""
        answered = f"{self._where} answered with status {status}"
        if status in (401, 403):
            return EndpointRefused(f"{answered}: it refuses the key. Mend the key in the settings.")
        if status == 404:
            return ModelMissing(
                f"{answered}: it knows no model {self._model!r}, or has no transcriptions under this address. "
                "Mend the model's name or the address in the settings."
            )
        if status == 413:
            return BadAudio(f"{answered}: the utterance is too long for it. Speak in shorter pieces.")
        if status == 429:  # not EngineBusy: who is told that waits for room, and a quota may never come back
            return EndpointDown(f"{answered}: it is busy, or your quota is used up. Try again later.")
        if 300 <= status < 400:
            return EndpointRefused(f"{answered}: it is somewhere else now. Set its new address in the settings.")
        if status == 408 or status >= 500:
            return EndpointDown(f"{answered}. Try again; look at its log.")
        return EndpointRefused(
            f"{answered}: it does not take the request. Check its model and address in the settings."
        )


def _placed(transcript: Transcript, whole_s: float) -> Transcript:
    """A transcript of the newest part of audio of ``whole_s`` seconds, in its place."""
    earlier_s = whole_s - transcript.audio_s
    if not earlier_s or not transcript.text:
        return replace(transcript, audio_s=whole_s)
    segments = tuple(Segment(s.start_s + earlier_s, s.end_s + earlier_s, s.text) for s in transcript.segments)
    return replace(transcript, text=_ELISION + transcript.text, segments=segments, audio_s=whole_s)


def _prompt(hint: Hint) -> str:
    """The terms as a list, most likely last: Whisper forgets the beginning of a prompt that is too long."""
    kept: list[str] = []
    room = MAX_PROMPT
    for term in hint.terms:
        room -= len(term) + 2
        if room < 0:
            break
        kept.insert(0, term)
    return ", ".join(kept)


def _wav(samples: Samples) -> bytes:
    """PCM16 mono in a WAV file."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(float32_to_pcm16(samples))
    return made.getvalue()
