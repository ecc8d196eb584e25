"""inference/vad/webrtc.py"""

import numpy as np
import pytest

from inference.audio import float32_to_int16
from inference.vad.silero import WINDOW
from inference.vad.webrtc import WebrtcGate
from tests.speech.noises import pink_noise, white_noise
from tests.speech.synthesis import librivox


def open_share(samples: np.ndarray, gate: WebrtcGate) -> float:
    verdicts = [gate.may_be_speech(samples[at : at + WINDOW]) for at in range(0, len(samples) - WINDOW, WINDOW)]
    return sum(verdicts) / len(verdicts)


def test_digital_silence_keeps_it_closed() -> None:
    assert open_share(np.zeros(32_000, np.int16), WebrtcGate()) == 0


@pytest.mark.speech
@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_speech_opens_it_however_soft(gain: float) -> None:
    samples = float32_to_int16(librivox()[0].float_samples * np.float32(gain))
    assert open_share(samples, WebrtcGate()) > 0.7


def test_a_rise_over_the_room_opens_it_and_the_room_alone_does_not() -> None:
    room = float32_to_int16(white_noise(4, 0.0005))
    louder = float32_to_int16(white_noise(1, 0.002, seed=1))
    gate = WebrtcGate()
    assert open_share(room, gate) < 0.1
    assert open_share(louder, gate) > 0.9


def test_the_floor_follows_a_louder_room() -> None:
    gate = WebrtcGate()
    open_share(float32_to_int16(white_noise(2, 0.0002)), gate)
    louder = float32_to_int16(white_noise(20, 0.0006, seed=1))  # 10 dB more: 7 s at 1.5 dB a second
    assert open_share(louder[: 16_000 * 3], gate) > 0.9
    open_share(louder[16_000 * 3 : 16_000 * 10], gate)
    assert open_share(louder[16_000 * 10 :], gate) < 0.1


def test_reset_forgets_the_room() -> None:
    gate = WebrtcGate()
    loud = float32_to_int16(white_noise(1, 0.3))
    quiet = np.zeros(WINDOW, np.int16)
    gate.may_be_speech(quiet)
    assert gate.may_be_speech(loud[:WINDOW])
    gate.reset()
    assert not gate.may_be_speech(quiet)


def test_the_rumble_of_a_quiet_room_keeps_it_closed() -> None:
    gate = WebrtcGate()
    room = float32_to_int16(pink_noise(20, 0.002))
    open_share(room[:16_000], gate)
    assert open_share(room[16_000:], gate) < 0.01
