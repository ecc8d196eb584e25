"""The settings of when speech begins and ends, and of what is shown meanwhile. A part of ``Settings``."""

from typing import Self

from pydantic import model_validator
from pydantic_settings import BaseSettings

from server.fields import setting


class EndpointingSettings(BaseSettings):
    """All settings of the section "Endpointing". Units stand in the names; docs/speech.md has the measurements."""

    pause_ms: int = setting(
        96,
        "Endpointing",
        "32 to 1000",
        "Silence after which what was said is transcribed, in case that was all; also the silence kept after the last "
        "word.",
        ge=32,
        le=1000,
    )
    finished_hangover_ms: int = setting(
        256,
        "Endpointing",
        "`SIDENOTE_PAUSE_MS` to `SIDENOTE_HANGOVER_MS`",
        "Silence that ends an utterance in hands-free mode when its words sound finished.",
        ge=32,
        le=5000,
    )
    hangover_ms: int = setting(
        448,
        "Endpointing",
        "100 to 5000",
        "Silence that ends an utterance in hands-free mode in any case.",
        ge=100,
        le=5000,
    )
    rejoin_ms: int = setting(
        1200,
        "Endpointing",
        "0 to 3000",
        "Speech that follows this soon on an utterance in hands-free mode goes on with its note. 0: never.",
        ge=0,
        le=3000,
    )
    min_speech_ms: int = setting(
        96, "Endpointing", "32 to 2000", "Speech that it takes to open an utterance.", ge=32, le=2000
    )
    lead_pad_ms: int = setting(300, "Endpointing", "0 to 1000", "Sound kept before the first word.", ge=0, le=1000)
    vad_threshold: float = setting(
        0.5, "Endpointing", "more than 0, less than 1", "Probability from which sound counts as speech.", gt=0, lt=1
    )
    vad_release_threshold: float = setting(
        0.35,
        "Endpointing",
        "more than 0, at most `SIDENOTE_VAD_THRESHOLD`",
        "Probability below which speech counts as over.",
        gt=0,
        lt=1,
    )
    vad_gate_aggressiveness: int = setting(
        2,
        "Endpointing",
        "0, 1, 2 or 3",
        "How much the cheap detector that wakes the real one lets through: 0 lets most through.",
        ge=0,
        le=3,
    )
    vad_gate_margin_db: float = setting(
        4.0,
        "Endpointing",
        "0 to 40",
        "Level above the noise of the room that wakes the real detector in any case.",
        ge=0,
        le=40,
    )
    vad_gate_hold_ms: int = setting(
        320, "Endpointing", "0 to 5000", "How long the real detector stays awake after that.", ge=0, le=5000
    )
    partials: bool = setting(True, "Endpointing", "`true` or `false`", "Whether text is shown while somebody speaks.")
    first_partial_ms: int = setting(
        320, "Endpointing", "100 to 5000", "Speech before the first text is shown.", ge=100, le=5000
    )
    partial_every_ms: int = setting(
        700, "Endpointing", "200 to 10000", "Speech between two such texts.", ge=200, le=10_000
    )

    @model_validator(mode="after")
    def _consistent_endpoints(self) -> Self:
        if self.vad_release_threshold > self.vad_threshold:
            raise ValueError(
                f"SIDENOTE_VAD_RELEASE_THRESHOLD is {self.vad_release_threshold}, more than SIDENOTE_VAD_THRESHOLD "
                f"({self.vad_threshold}). Lower the first or raise the second."
            )
        if not self.pause_ms <= self.finished_hangover_ms <= self.hangover_ms:
            raise ValueError(
                f"SIDENOTE_PAUSE_MS ({self.pause_ms}), SIDENOTE_FINISHED_HANGOVER_MS ({self.finished_hangover_ms}) and "
                f"SIDENOTE_HANGOVER_MS ({self.hangover_ms}) must not be in falling order. Raise the later ones."
            )
        return self
