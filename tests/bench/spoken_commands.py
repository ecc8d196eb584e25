"""Spoken notes that hold the words of commands, which must stay notes; and spoken commands, which should be found."""

from collections import Counter

from rich.console import Console

from inference.llm.contract import Intent, Reading
from tests.bench.table import Row
from tests.speech.corpus import sentences_with_command_words, spoken_command_cases, written
from tests.speech.hearing import Hearing
from tests.speech.synthesis import ESPEAKS, PIPERS, SpokenClip, speak

BEFORE = ("The first title is too small.",)  # there is a note that a wrong command could scratch, post or change
HARMFUL = ("cancel", "post", "keep")

console = Console(stderr=True, width=110)


async def measure(hearing: Hearing) -> list[Row]:
    """Every sentence in two voices, with a note before it."""
    sentences = sentences_with_command_words()
    console.print(f"{len(sentences)} notes with command words, two voices each")
    became: Counter[str] = Counter()
    for clip in in_two_voices(list(sentences)):
        meaning, text = await understood(hearing, clip)
        became[meaning] += 1
        if meaning != "create_note":
            console.print(f"  {meaning}: {clip.text} ({clip.voice}: {text!r})")
    cases = spoken_command_cases()
    console.print(f"{len(cases)} commands, two voices each")
    found = Counter[str]()
    means = {written(case["t"]): case["means"] for case in cases}
    for clip in in_two_voices(list(means)):
        meaning, text = await understood(hearing, clip)
        right = meaning == means[clip.text]
        found["right" if right else "harmful" if meaning in HARMFUL else "wrong"] += 1
        if not right:
            console.print(f"  {meaning} instead of {means[clip.text]}: {clip.text} ({clip.voice}: {text!r})")
    total = sum(became.values())
    return [
        Row(f"scratches from {total} spoken notes with command words", became["cancel"], ""),
        Row("posts from them", became["post"], ""),
        Row("notes kept by them", became["keep"], ""),
        Row("other commands from them", total - sum(became[name] for name in (*HARMFUL, "create_note", "nothing")), ""),
        Row("of them a note", 100 * became["create_note"] / total, "%"),
        Row(f"spoken commands understood, of {found.total()}", 100 * found["right"] / found.total(), "%"),
        Row("of them taken for another scratch, keep or post", found["harmful"], ""),
    ]


def in_two_voices(sentences: list[str]) -> list[SpokenClip]:
    """Each by one of piper's speeds and one of espeak-ng's voices, by turns."""
    return [
        speak(written(sentence), voices[number % len(voices)])
        for number, sentence in enumerate(sentences)
        for voices in (PIPERS, ESPEAKS)
    ]


async def understood(hearing: Hearing, clip: SpokenClip) -> tuple[str, str]:
    """The intent, or what a confirmation confirms: "post" or "keep"; "nothing" without a word. And what was heard."""
    heard = await hearing.transcript(clip.float_samples)
    reading = (await hearing.read(heard, BEFORE)).reading
    return name_of(reading) if reading else "nothing", heard.text


def name_of(reading: Reading) -> str:
    if reading.intent is Intent.CONFIRM:
        return "post" if reading.post else "keep"
    return str(reading.intent)
