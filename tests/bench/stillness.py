"""What becomes of a hundred recordings in which nobody speaks: how far each gets, and what stops it."""

from collections import Counter

from rich.console import Console

from inference.llm.confidence import NO_NOTE
from inference.llm.contract import Intent
from tests.bench.table import Row
from tests.speech.hearing import Heard, Hearing
from tests.speech.nonspeech import Recording, recordings

console = Console(stderr=True, width=110)
STOPS = ("voice detector", "engine", "structurer", "command", "note")


async def measure(hearing: Hearing) -> list[Row]:
    """Hands-free, where the detector decides, and with the key held, where the engine gets all there is."""
    sounds = recordings()
    console.print(f"{len(sounds)} recordings without speech")
    free, held = Counter[str](), Counter[str]()
    for sound in sounds:
        free[await hands_free(hearing, sound)] += 1
        held[stopped_by(await hearing.read(await hearing.final(sound.samples)))] += 1
    return [
        Row(f"notes from {len(sounds)} recordings without speech, hands-free", free["note"], ""),
        Row("commands from them, hands-free", free["command"], ""),
        Row("of them past the voice detector", len(sounds) - free["voice detector"], ""),
        Row("stopped by the engine's guards, hands-free", free["engine"], ""),
        Row("stopped by the structurer, hands-free", free["structurer"], ""),
        Row("notes from them, the whole recording as one press", held["note"], ""),
        Row("commands from them, the whole recording as one press", held["command"], ""),
        Row("stopped by the engine's guards, one press", held["engine"], ""),
        Row("stopped by the structurer, one press", held["structurer"], ""),
    ]


async def hands_free(hearing: Hearing, sound: Recording) -> str:
    """How far it got: the furthest of ``STOPS`` that any piece of it reached."""
    reached = "voice detector"
    for span in hearing.speech(sound.samples):
        heard = await hearing.read(await hearing.final(hearing.cut(sound.samples, [span])))
        stop = stopped_by(heard)
        console.print(f"  {sound.id}: past the detector {span}, {stop}, {heard.transcript.text!r}")
        reached = max(reached, stop, key=STOPS.index)
    return reached


def stopped_by(heard: Heard) -> str:
    """What kept it from being a note, or what it became."""
    if heard.reading is None:
        return "engine"
    if heard.reading.intent is not Intent.CREATE_NOTE:
        return "command"
    return "note" if heard.reading.confidence >= NO_NOTE else "structurer"
