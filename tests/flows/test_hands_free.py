"""An open microphone: several sentences are several notes, and what is no speech is none."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.audio import Float32Samples, float32_to_int16
from tests.flows.talk import talking_to_own_server
from tests.speech import noises
from tests.speech.synthesis import join, speak
from tests.speech.wer import corpus_wer, normalise

pytestmark = [pytest.mark.flow, pytest.mark.model, pytest.mark.speech]

NO_SPEECH: dict[str, Callable[[], Float32Samples]] = {
    "silence": lambda: noises.silence(6),
    "hum": lambda: noises.mains_hum(6),
    "white noise": lambda: noises.white_noise(6),
    "pink noise": lambda: noises.pink_noise(6),
    "keyboard": lambda: noises.keyboard(6),
    "music": lambda: noises.music(6),
}


def quiet(seconds: float) -> NDArray[np.int16]:
    return float32_to_int16(noises.silence(seconds))


async def test_sentences_with_pauses_between_them_are_one_note_each(tmp_path: Path) -> None:
    texts = [
        "The music is too loud under the interview.",
        "The cut to the drone shot feels abrupt.",
        "I love the light in this scene.",
    ]
    recording = join([quiet(0.5), *(speak(text).samples for text in texts), quiet(1.2)], gap_s=1.5)
    async with talking_to_own_server(tmp_path, mode="hands-free") as (_, talker):
        await talker.press(recording)
        await talker.settled(3)
        notes = [created["note"] for created in talker.named("note_created")]
        assert len(notes) == 3
        assert corpus_wer(list(zip(texts, (note["transcript"] for note in notes), strict=True))).rate < 0.15
        reasons = [ended["reason"] for ended in talker.named("speech_ended")]
        assert reasons == ["endpoint"] * 3
        times = [note["timestamp_s"] for note in notes]
        assert times == sorted(times)


@pytest.mark.parametrize("mode", ["ptt", "hands-free"])
async def test_what_is_no_speech_makes_no_note(tmp_path: Path, mode: str) -> None:
    async with talking_to_own_server(tmp_path, mode=mode) as (_, talker):
        for make in NO_SPEECH.values():
            await talker.press(float32_to_int16(make()))
            await talker.until("state_changed", lambda shown: shown["microphone"] == "idle")
            talker.events = [event for event in talker.events if event.event != "state_changed"]
        await talker.press(speak("The logo is too small.").samples)
        created = await talker.until("note_created")
        assert "logo" in created["note"]["text"].lower()
        assert len(talker.named("note_created")) == 1


async def test_a_sentence_longer_than_the_limit_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """61 s in one press: two utterances, and the words of both are the words that were said."""
    remark = "Remark number {0}: the title in scene {0} stays on the screen for too long."
    sentences = [remark.format(number) for number in range(20, 40)]
    clips = [speak(text).samples for text in sentences]
    recording = join(clips, gap_s=0.25)[: 66 * 16_000]
    said = []
    for text, end in zip(sentences, np.cumsum([len(clip) + 4_000 for clip in clips]), strict=True):
        if end <= len(recording):
            said.append(text)
    recording = recording[: int(sum(len(clip) + 4_000 for clip in clips[: len(said)]))]
    assert len(recording) > 61 * 16_000
    async with talking_to_own_server(tmp_path) as (_, talker):
        await talker.press(recording)
        await talker.settled(2)
        ended = talker.named("speech_ended")
        assert [each["reason"] for each in ended] == ["limit", "stop"]
        assert ended[0]["end"] == ended[1]["start"], "no sample between the two is lost or heard twice"
        assert ended[0]["end"] - ended[0]["start"] <= 60 * 16_000
        heard = normalise(" ".join(final["text"] for final in talker.named("asr_final")))
        words = normalise(" ".join(said))
        assert abs(len(heard) - len(words)) <= 0.06 * len(words)
