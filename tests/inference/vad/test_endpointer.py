"""inference/vad/endpointer.py"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.audio import Float32Samples, Int16Samples, float32_to_pcm16
from inference.errors import BadAudio
from inference.vad.contract import Boundary, SpeechBegan, SpeechEnded, SpeechPaused, SpeechResumed
from inference.vad.endpointer import Endpointer, EndpointSettings, make_detector_factory
from inference.vad.silero import WINDOW, SileroStream, shared_model
from inference.vad.webrtc import WebrtcGate
from tests.speech.noises import NOISES, mix, pink_noise, silence
from tests.speech.synthesis import ESPEAK, SpokenClip, join, librivox, spoken_commands, spoken_notes

QUICK = EndpointSettings(pause_ms=32, hangover_ms=96, min_speech_ms=64, gate_hold_ms=64, preroll_ms=64)


class LevelJudge:
    """The probability of a window is its first sample: a test writes the verdicts into the audio."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.resets = 0

    def probability(self, window: Float32Samples) -> float:
        self.heard.append(round(float(window[0]), 2))
        return float(window[0])

    def reset(self) -> None:
        self.resets += 1


class LevelGate:
    """Opens for every window that is not all zeros."""

    def may_be_speech(self, window: Int16Samples) -> bool:
        return bool(window.any())

    def reset(self) -> None:
        pass


def audio(*probabilities: float) -> bytes:
    return float32_to_pcm16(np.repeat(np.array(probabilities, np.float32), WINDOW))


def windows(count: int) -> int:
    return count * WINDOW


def detector(judge: LevelJudge | None = None, gate: LevelGate | None = None) -> Endpointer:
    return Endpointer(QUICK, judge or LevelJudge(), gate)


def test_speech_begins_at_its_first_window_and_ends_after_the_hangover() -> None:
    found = detector().feed(0, audio(0, 0, 0.9, 0.9, 0.9, 0, 0, 0, 0))
    assert found == [
        SpeechBegan(windows(2)),
        SpeechPaused(windows(2), windows(5), windows(6)),
        SpeechEnded(windows(2), windows(5), windows(8)),
    ]


def test_offsets_are_those_of_the_capture() -> None:
    ear = detector()
    ear.reset(100_000)
    assert ear.feed(100_000, audio(0, 0.9, 0.9)) == [SpeechBegan(100_000 + windows(1))]


def test_the_first_chunk_says_where_the_stream_begins() -> None:
    assert detector().feed(777, audio(0.9, 0.9)) == [SpeechBegan(777)]


def test_properties_follow_the_speech() -> None:
    ear = detector()
    assert (ear.speaking, ear.onset, ear.last_speech) == (False, None, None)
    ear.feed(0, audio(0, 0.9, 0.9, 0.9, 0))
    assert (ear.speaking, ear.onset, ear.last_speech) == (True, windows(1), windows(4))
    ear.feed(windows(5), audio(0, 0))
    assert (ear.speaking, ear.onset, ear.last_speech) == (False, None, windows(4))
    ear.reset(0)
    assert (ear.speaking, ear.onset, ear.last_speech) == (False, None, None)


def test_a_click_is_no_speech() -> None:
    assert detector().feed(0, audio(0, 0.9, 0, 0, 0.9, 0, 0, 0.9, 0, 0)) == []


def test_hysteresis_keeps_weak_speech_and_ignores_a_weak_start() -> None:
    assert detector().feed(0, audio(0.4, 0.4, 0.4, 0.4)) == []
    found = detector().feed(0, audio(0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.1, 0.1, 0.1))
    assert found[-1] == SpeechEnded(0, windows(6), windows(9))


def test_a_pause_shorter_than_the_hangover_does_not_split() -> None:
    found = detector().feed(0, audio(0.9, 0.9, 0, 0, 0.9, 0.9, 0, 0, 0))
    assert found == [
        SpeechBegan(0),
        SpeechPaused(0, windows(2), windows(3)),
        SpeechResumed(0, windows(4)),
        SpeechPaused(0, windows(6), windows(7)),
        SpeechEnded(0, windows(6), windows(9)),
    ]


def test_who_is_told_to_hurry_waits_for_less_silence() -> None:
    ear = Endpointer(replace(QUICK, hangover_ms=10 * 32), LevelJudge(), None)
    ear.feed(0, audio(0.9, 0.9, 0))
    assert ear.hurry(windows(2)) == []
    assert ear.feed(windows(3), audio(0)) == [SpeechEnded(0, windows(2), windows(4))]


def test_silence_long_enough_already_ends_at_once_when_told_to_hurry() -> None:
    ear = Endpointer(replace(QUICK, hangover_ms=10 * 32), LevelJudge(), None)
    ear.feed(0, audio(0.9, 0.9, 0, 0, 0))
    assert ear.hurry(windows(2)) == [SpeechEnded(0, windows(2), windows(5))]
    assert not ear.speaking
    assert ear.hurry(windows(2)) == []


def test_hurry_is_over_when_speech_follows() -> None:
    ear = Endpointer(replace(QUICK, hangover_ms=10 * 32), LevelJudge(), None)
    ear.feed(0, audio(0.9, 0.9, 0))
    ear.hurry(windows(2))
    found = ear.feed(windows(3), audio(0.9, 0, 0, 0, 0))
    assert found == [SpeechResumed(0, windows(3)), SpeechPaused(0, windows(4), windows(5))]


def test_the_best_cut_lies_in_the_longest_silence() -> None:
    ear = detector(gate=LevelGate())
    ear.feed(1_000, audio(0.9, 0.9, 0, 0.9, 0.9, 0, 0, 0.9, 0.9))
    assert ear.best_cut(1_000, 1_000 + windows(9)) == 1_000 + windows(6)
    assert ear.best_cut(1_000, 1_000 + windows(5)) == 1_000 + windows(2)
    assert ear.best_cut(windows(50), windows(60)) == windows(50)  # nothing is known of what is to come


@pytest.mark.parametrize("chosen", [{"hangover_ms": 64}, {"pause_ms": 0}, {"min_speech_ms": 0}])
def test_durations_that_make_no_sense_are_refused(chosen: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must"):
        EndpointSettings(**{"pause_ms": 96, **chosen})


def test_two_utterances() -> None:
    found = detector().feed(0, audio(0.9, 0.9, 0, 0, 0, 0.9, 0.9, 0, 0, 0))
    kinds = [type(boundary) for boundary in found if not isinstance(boundary, SpeechPaused)]
    assert kinds == [SpeechBegan, SpeechEnded, SpeechBegan, SpeechEnded]


def test_the_gate_spares_the_judge_in_silence() -> None:
    judge = LevelJudge()
    detector(judge, LevelGate()).feed(0, audio(*[0.0] * 50))
    assert judge.heard == []


def test_the_judge_hears_the_preroll_with_a_fresh_mind_when_the_gate_opens() -> None:
    judge = LevelJudge()
    ear = detector(judge, LevelGate())
    ear.feed(0, audio(0, 0, 0))
    resets = judge.resets
    ear.feed(windows(3), audio(0, 0.3, 0.9, 0.9))
    assert judge.heard == [0, 0, 0.3, 0.9, 0.9]  # two windows of pre-roll, 64 ms
    assert judge.resets == resets + 1


def test_the_gate_never_closes_on_open_speech() -> None:
    judge = LevelJudge()
    found = detector(judge, LevelGate()).feed(0, audio(0.9, 0.9, 0, 0, 0, 0, 0, 0, 0, 0))
    assert found[-1] == SpeechEnded(0, windows(2), windows(5))
    assert len(judge.heard) < 10  # and closes after it


def test_speech_goes_on_being_judged_while_the_gate_holds() -> None:
    judge = LevelJudge()
    detector(judge, LevelGate()).feed(0, audio(0.1, 0, 0, 0, 0, 0))
    assert judge.heard == [0.1, 0, 0]


@pytest.mark.parametrize("offset", [0, windows(1) - 1, windows(3)])
def test_audio_out_of_order_is_refused(offset: int) -> None:
    ear = detector()
    ear.feed(0, audio(0))
    with pytest.raises(BadAudio, match="does not follow on 512"):
        ear.feed(offset, audio(0))


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(BadAudio, match="16-bit"):
        detector().feed(0, b"abc")


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0.3, "release_threshold": 0.5},
        {"hangover_ms": 0},
        {"min_speech_ms": 0},
        {"preroll_ms": -1},
        {"gate_aggressiveness": 4},
    ],
)
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        EndpointSettings(**wrong)  # type: ignore[arg-type]  # one wrong value at a time, of either number type


def feed_in_chunks(ear: Endpointer, pcm: bytes, sizes: Sequence[int], offset: int = 0) -> list[Boundary]:
    """Feed ``pcm`` in chunks of ``sizes`` samples, over and over."""
    found: list[Boundary] = []
    at = turn = 0
    while at < len(pcm):
        chunk = pcm[at : at + 2 * sizes[turn % len(sizes)]]
        found += ear.feed(offset + at // 2, chunk)
        at += len(chunk)
        turn += 1
    return found


@given(
    levels=st.lists(st.sampled_from([0.0, 0.0, 0.2, 0.4, 0.9, 0.9]), min_size=1, max_size=60),
    sizes=st.lists(st.integers(1, 2000), min_size=1, max_size=8),
)
def test_chunk_sizes_change_nothing(levels: list[float], sizes: list[int]) -> None:
    pcm = audio(*levels)
    whole = detector(gate=LevelGate())
    chunked = detector(gate=LevelGate())
    assert feed_in_chunks(chunked, pcm, sizes) == whole.feed(0, pcm)
    assert (chunked.onset, chunked.last_speech) == (whole.onset, whole.last_speech)


@given(levels=st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.9]), max_size=80))
def test_boundaries_alternate_and_lie_in_order(levels: list[float]) -> None:
    found = detector(gate=LevelGate()).feed(0, audio(*levels))
    may_follow: dict[type[Boundary], set[type[Boundary]]] = {
        SpeechBegan: {SpeechPaused},
        SpeechPaused: {SpeechResumed, SpeechEnded},
        SpeechResumed: {SpeechPaused},
        SpeechEnded: {SpeechBegan},
    }
    assert not found or isinstance(found[0], SpeechBegan)
    for before, after in pairwise(found):
        assert type(after) in may_follow[type(before)]
    for boundary in found:
        if isinstance(boundary, SpeechEnded):
            assert boundary.onset < boundary.last < boundary.endpoint
    ends = [boundary.last for boundary in found if isinstance(boundary, SpeechEnded)]
    begins = [boundary.onset for boundary in found if isinstance(boundary, SpeechBegan)]
    assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))


@pytest.mark.model
@pytest.mark.speech
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sizes=st.lists(st.integers(320, 1600), min_size=1, max_size=6), offset=st.integers(0, 1_000_000))
def test_chunk_sizes_change_nothing_on_real_speech(sizes: list[int], offset: int) -> None:
    pcm = join([clip.samples for clip in librivox()[1:3]], 1.0).tobytes()
    make = make_detector_factory()
    found = make().feed(offset, pcm)
    assert [type(boundary) for boundary in found].count(SpeechEnded) == 2
    chunked = make()
    assert isinstance(chunked, Endpointer)
    assert feed_in_chunks(chunked, pcm, sizes, offset) == found


def ends(found: Sequence[Boundary]) -> list[SpeechEnded]:
    return [boundary for boundary in found if isinstance(boundary, SpeechEnded)]


def scene(clip: SpokenClip, gain: float, snr_db: float | None) -> bytes:
    """Two seconds of the room before and after the speech."""
    speech = np.concatenate((silence(2), clip.float_samples * np.float32(gain), silence(2)))
    return float32_to_pcm16(speech if snr_db is None else mix(speech, pink_noise(5, seed=4), snr_db))


@pytest.mark.model
@pytest.mark.speech
@pytest.mark.parametrize("gain, snr_db", [(1, None), (1, 20), (1, 8), (0.1, 20), (0.01, None), (0.01, 20)])
def test_the_gate_loses_no_speech_that_silero_finds_alone(gain: float, snr_db: float | None) -> None:
    clips = [*librivox(), *spoken_notes(limit=12), *spoken_commands(limit=8), *spoken_notes(ESPEAK, 6)]
    for clip in clips:
        pcm = scene(clip, gain, snr_db)
        alone = ends(Endpointer(EndpointSettings(), SileroStream(shared_model()), None).feed(0, pcm))
        gated = ends(make_detector_factory()().feed(0, pcm))
        assert len(gated) == len(alone) == 1, clip.text
        assert gated[0].onset - alone[0].onset <= 0.3 * 16_000, clip.text
        assert abs(gated[0].last - alone[0].last) <= 0.1 * 16_000, clip.text


@pytest.mark.model
@pytest.mark.speech
def test_every_note_is_one_utterance() -> None:
    """No pause inside a note of the corpus splits it."""
    make = make_detector_factory()
    for clip in [*spoken_notes(), *spoken_commands(), *librivox()]:
        found = ends(make().feed(0, scene(clip, 1, 30)))
        assert len(found) == 1, clip.text
        assert found[0].last - found[0].onset > 0.5 * (len(clip.samples) - 16_000 * 0.4), clip.text


@pytest.mark.model
@pytest.mark.parametrize("name", NOISES)
def test_noise_is_no_speech(name: str) -> None:
    assert make_detector_factory()().feed(0, float32_to_pcm16(NOISES[name](10.0))) == []


@pytest.mark.model
def test_the_gate_spares_most_of_the_judges_work_in_a_quiet_room() -> None:
    class Counting(SileroStream):
        calls = 0

        def probability(self, window: Float32Samples) -> float:
            self.calls += 1
            return super().probability(window)

    judge = Counting(shared_model())
    room = (np.random.default_rng(3).standard_normal(20 * 16_000) * 0.0005).astype(np.float32)
    Endpointer(EndpointSettings(), judge, WebrtcGate()).feed(0, float32_to_pcm16(room))
    assert judge.calls < 0.1 * 20 * 16_000 / WINDOW
