"""The settings of what turns speech into text. A part of ``Settings``."""

from typing import Literal

from pydantic import SecretStr, model_validator

from server.endpoint_settings import EndpointingSettings
from server.fields import setting

OPENAI_URL = "https://api.openai.com/v1"


class SpeechSettings(EndpointingSettings):
    """All settings of the section "Speech". Units stand in the names."""

    stt: Literal["local", "openai"] = setting(
        "local",
        "Speech",
        "`local` or `openai`",
        "What turns speech into text. `local`: a model in this process. `openai`: any OpenAI-compatible transcription "
        "endpoint; what you say is then sent to it.",
    )
    stt_model: str = setting(
        "tiny.en",
        "Speech",
        "`tiny.en` (installed with Sidenote), `base` (with the extra `multilingual`), a faster-whisper model name, a "
        "hub name `OWNER/NAME`, or a folder; with `SIDENOTE_STT=openai` a model name that the endpoint knows",
        "The Whisper model. A name that is not installed is fetched once, and that needs the internet. Must be named "
        "with `SIDENOTE_STT=openai`.",
        min_length=1,
    )
    stt_device: Literal["auto", "cpu", "cuda"] = setting(
        "auto", "Speech", "`auto`, `cpu`, `cuda`", "Where the model runs; `auto` takes a GPU when there is one."
    )
    stt_threads: int = setting(
        0, "Speech", "0 to 64", "Threads for one decode; 0 is one: small models gain nothing from more.", ge=0, le=64
    )
    stt_workers: int = setting(
        0, "Speech", "0 to 16", "Decodes at the same time; 0 is one a core, up to 4, and one on a GPU.", ge=0, le=16
    )
    stt_base_url: str | None = setting(
        None,
        "Speech",
        "an address that begins with `http://` or `https://`",
        "The transcription endpoint, with its `/v1`.",
        pattern=r"^https?://\S+$",
        extra={"shown": "OpenAI's own"},
    )
    stt_api_key: SecretStr | None = setting(
        None,
        "Speech",
        "the key as its issuer gave it",
        "Key of the transcription endpoint. A server of your own may need none.",
    )
    stt_deadline_s: float = setting(
        15.0,
        "Speech",
        "0.5 to 120",
        "Time the transcription endpoint has for one utterance, a second try included.",
        ge=0.5,
        le=120,
    )
    stt_partials: bool = setting(
        False,
        "Speech",
        "`true` or `false`",
        "Whether the transcription endpoint is asked for text while a person still speaks, too. A local model always "
        "gives it; an endpoint may charge for every request.",
    )
    stt_speculate: bool = setting(
        False,
        "Speech",
        "`true` or `false`",
        "Whether the transcription endpoint is asked already at a pause that may turn out not to be the end. Text "
        "comes sooner, for more requests. A local model always does so.",
    )
    language: str = setting(
        "en",
        "Speech",
        "a two- or three-letter language code such as `de`, or `auto`",
        "What is spoken. `auto` hears it from the first words of each session and keeps to it. Models whose name "
        "ends in `.en` know English only.",
        pattern=r"^(auto|[a-z]{2,3})$",
    )

    @model_validator(mode="after")
    def _consistent_speech(self) -> "SpeechSettings":
        if self.stt == "openai":
            if "stt_model" not in self.model_fields_set:
                raise ValueError(
                    "SIDENOTE_STT is openai, so SIDENOTE_STT_MODEL must name a model of that endpoint, "
                    "such as whisper-1."
                )
            if self.stt_base_url is None and self.stt_api_key is None:
                raise ValueError(
                    "SIDENOTE_STT is openai, so set SIDENOTE_STT_API_KEY to a key of OpenAI, or SIDENOTE_STT_BASE_URL "
                    "to an endpoint that needs none."
                )
        return self

    @property
    def stt_url(self) -> str:
        """The address of the transcription endpoint."""
        return (self.stt_base_url or OPENAI_URL).rstrip("/")
