"""inference/vad/scripted.py"""

from inference.vad.contract import SpeechBegan, SpeechEnded, VoiceDetector
from inference.vad.scripted import ScriptedDetector

FIRST, SECOND = SpeechEnded(100, 200, 300), SpeechEnded(400, 500, 600)


def pcm(samples: int) -> bytes:
    return bytes(2 * samples)


def test_boundaries_come_with_the_chunk_that_holds_them() -> None:
    ear: VoiceDetector = ScriptedDetector([FIRST, SECOND])
    assert ear.feed(0, pcm(100)) == []
    assert ear.feed(100, pcm(150)) == [SpeechBegan(100)]
    assert (ear.speaking, ear.onset, ear.last_speech) == (True, 100, 200)
    assert ear.feed(250, pcm(500)) == [FIRST, SpeechBegan(400), SECOND]
    assert (ear.speaking, ear.onset, ear.last_speech) == (False, None, 500)


def test_last_speech_runs_with_the_audio() -> None:
    ear = ScriptedDetector([FIRST])
    ear.feed(0, pcm(150))
    assert ear.last_speech == 150


def test_reset_makes_what_follows_due_again() -> None:
    ear = ScriptedDetector([FIRST, SECOND])
    ear.feed(0, pcm(1000))
    ear.reset(350)
    assert (ear.speaking, ear.last_speech) == (False, None)
    assert ear.feed(350, pcm(1000)) == [SpeechBegan(400), SECOND]
