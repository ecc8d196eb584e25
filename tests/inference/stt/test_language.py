"""inference/stt/language.py"""

from inference.stt.language import LanguageMemory


def test_a_language_that_was_set_is_never_heard() -> None:
    memory = LanguageMemory("de")
    memory.hear("a", "fr", probability=1.0, spoken_s=9)
    assert memory.of("a") == "de"


def test_a_stream_keeps_what_was_heard_first() -> None:
    memory = LanguageMemory("auto")
    assert memory.of("a") is None
    memory.hear("a", "fr", probability=0.9, spoken_s=2)
    memory.hear("a", "de", probability=0.9, spoken_s=2)
    assert (memory.of("a"), memory.of("b")) == ("fr", None)


def test_a_short_or_doubtful_utterance_settles_nothing() -> None:
    memory = LanguageMemory("auto", least_speech_s=1.0, least_probability=0.5)
    memory.hear("a", "fr", probability=0.9, spoken_s=0.9)
    memory.hear("a", "fr", probability=0.4, spoken_s=2)
    assert memory.of("a") is None


def test_only_so_many_streams_are_remembered() -> None:
    memory = LanguageMemory("auto", most_streams=2)
    for stream in ("a", "b"):
        memory.hear(stream, "fr", probability=0.9, spoken_s=2)
    assert memory.of("a") == "fr"
    memory.hear("c", "fr", probability=0.9, spoken_s=2)
    assert [memory.of(stream) for stream in ("a", "b", "c")] == ["fr", None, "fr"]
