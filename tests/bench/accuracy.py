"""Whether what is heard is right: words against stock faster-whisper, and what becomes of them.

Ours is the server's own way without its sockets (``tests/speech/hearing.py``): voice detector, the agent's pads, the
engine's finals. Stock hears the same clips, each whole: beam 5, 30 s window. Both take turns on each clip.
"""

import asyncio
from collections.abc import Sequence

from faster_whisper import WhisperModel
from rich.console import Console

from inference.errors import ModelMissing
from inference.models import find_speech_model
from tests.bench import calibration, spoken_commands, stillness
from tests.bench.table import Row
from tests.speech.bootstrap import paired_difference
from tests.speech.corpus import held_out_corpus, tuning_corpus
from tests.speech.hearing import Hearing
from tests.speech.synthesis import SpokenClip
from tests.speech.wer import WordErrors, word_errors

STOCK_BEAM = 5  # faster-whisper's own default
SECOND_MODEL = "base"  # slower: heard on the human reader and on what is held out, 2,400 words

console = Console(stderr=True, width=110)
Scores = dict[str, tuple[list[WordErrors], list[WordErrors]]]  # by set: ours and stock, clip by clip


def rows() -> list[Row]:
    """Every figure of this part. 10 to 15 minutes on two cores."""
    return asyncio.run(_rows())


async def _rows() -> list[Row]:
    async with Hearing() as hearing:
        scores = await words(hearing, "tiny.en", {**tuning_corpus(), **held_out_corpus()})
        measured = word_rows("tiny.en", scores, held_out=set(held_out_corpus()))
        measured += await stillness.measure(hearing)
        measured += await spoken_commands.measure(hearing)
        measured += await calibration.measure(hearing)
    return measured + await second_model()


async def second_model() -> list[Row]:
    """The words again with the larger model, where this machine has it without asking a network."""
    try:
        find_speech_model(SECOND_MODEL, download=False)
    except ModelMissing:
        console.print(f"{SECOND_MODEL} is not on this machine and left out")
        return []
    sets = {"librivox": tuning_corpus()["librivox"], **held_out_corpus()}
    async with Hearing(SECOND_MODEL) as hearing:
        return word_rows(SECOND_MODEL, await words(hearing, SECOND_MODEL, sets), held_out=set(held_out_corpus()))


async def words(hearing: Hearing, model: str, sets: dict[str, list[SpokenClip]]) -> Scores:
    """Word errors of both on every clip."""
    count = sum(map(len, sets.values()))
    console.print(f"{model}: {count} clips, ours and stock")
    stock = WhisperModel(str(find_speech_model(model).folder), device="cpu", compute_type="int8", cpu_threads=2)
    scores: Scores = {}
    for name, clips in sets.items():
        ours, theirs = scores[name] = ([], [])
        for clip in clips:
            samples = clip.float_samples
            ours.append(word_errors(clip.text, (await hearing.transcript(samples)).text))
            segments, _ = stock.transcribe(samples, language="en", beam_size=STOCK_BEAM)
            theirs.append(word_errors(clip.text, " ".join(segment.text for segment in segments)))
        console.print(f"  {name}: {said(ours)}, stock {said(theirs)}")
    return scores


def word_rows(model: str, scores: Scores, held_out: set[str]) -> list[Row]:
    """Rates and the paired difference, over all and over what is held out."""
    parts = {"": list(scores), ", held out": [name for name in scores if name in held_out]}
    made = []
    for part, names in parts.items():
        ours = [clip for name in names for clip in scores[name][0]]
        theirs = [clip for name in names for clip in scores[name][1]]
        mine, stock = sum(ours, WordErrors(0, 0)), sum(theirs, WordErrors(0, 0))
        difference = paired_difference(ours, theirs)
        prefix = f"WER {model}{part}"
        made += [
            Row(
                f"{prefix}, {mine.words} words",
                100 * mine.rate,
                "%",
                100 * stock.rate,
                stock.rate / max(1e-9, mine.rate),
            ),
            Row(f"{prefix}: difference to stock", 100 * difference.value, "points"),
            Row(f"{prefix}: difference, 95 % interval from", 100 * difference.low, "points"),
            Row(f"{prefix}: difference, 95 % interval to", 100 * difference.high, "points"),
        ]
    return made


def said(clips: Sequence[WordErrors]) -> str:
    total = sum(clips, WordErrors(0, 0))
    return f"{100 * total.rate:.2f} % ({total.errors} of {total.words})"
