"""Score the basic structurer on a file of labelled transcripts: ``python scripts/evaluate_structuring.py FILE...``

A file is a JSON list of objects. Keys: ``t`` transcript, ``intent``, ``cat`` categories any of which is right, ``ts``
second named, ``must`` words the text has to keep (``a|b``: either), ``last`` the note before, ``notes`` all notes
before, ``by`` relative seconds, ``post``. Missing keys are not scored. Prints each miss, one line of scores a file
and the calibration table of all new notes.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without an installation

from inference.llm.basic import BasicStructurer
from inference.llm.contract import Context, Intent, Reading
from inference.llm.editing import named_time
from inference.llm.times import find_moments
from inference.llm.words import plain, straighten

# Names that other labelled sets use for ours.
SAME_CATEGORY = {"visual": {"graphics"}, "other": {"other", "content"}}
SAME_INTENT = {"seek": {"seek", "playback"}}
CLEAR = 0.95  # certainty of a transcript that is what was said
BINS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def verdicts(case: dict[str, Any], reading: Reading) -> dict[str, bool]:
    """What was right: intent, and category, text, time where the case says what they should be."""
    intent = case["intent"]
    right = {"intent": reading.intent in SAME_INTENT.get(intent, set()) | {intent}}
    if intent == Intent.CREATE_NOTE and case.get("cat"):
        wanted = set().union(*(SAME_CATEGORY.get(name, {name}) for name in case["cat"]))
        right["category"] = right["intent"] and str(reading.category) in wanted
    if intent in (Intent.CREATE_NOTE, Intent.EDIT_LAST):
        text = plain(reading.text)
        right["text"] = all(
            any(option.lower() in text or option.lower() in reading.text.lower() for option in word.split("|"))
            for word in case.get("must", ())
        )
        right["nothing invented"] = not invented(case, reading)
    if "ts" in case and intent != Intent.SEEK:
        right["time"] = reading.timestamp_s == case["ts"]
    elif intent == Intent.SEEK and case.get("ts") is not None:
        right["time"] = case["ts"] in (reading.timestamp_s, abs(reading.seek_by_s or 0))
    if "by" in case:
        right["time"] = reading.seek_by_s == case["by"]
    if "post" in case:
        right["post"] = reading.post == case["post"]
    return right


def invented(case: dict[str, Any], reading: Reading) -> set[str]:
    """Words of the text that neither the transcript nor the note before holds; a named time may change its spelling."""
    sources = " ".join([case["t"], case.get("last") or "", *case.get("notes", ())])
    text = straighten(reading.text)
    named = {moment.at_s for moment in find_moments(straighten(sources))} | {named_time(case["t"])}
    for moment in reversed(find_moments(text)):
        if moment.at_s in named:
            text = text[: moment.start] + text[moment.end :]
    return set(plain(text).split()) - set(plain(sources).split())


async def evaluate(paths: list[Path], quiet: bool, without_context: bool) -> None:
    structurer = BasicStructurer()
    await structurer.warm_up()
    bins: list[Counter[str]] = [Counter() for _ in BINS[1:]]
    for path in paths:
        scores: Counter[str] = Counter()
        totals: Counter[str] = Counter()
        for case in json.loads(path.read_text(encoding="utf-8")):
            notes = tuple(case.get("notes", ())) + ((case["last"],) if case.get("last") else ())
            context = Context(notes=() if without_context else notes, certainty=case.get("certainty", CLEAR))
            reading = await structurer.structure(case["t"], context, lambda _: None)
            right = verdicts(case, reading)
            for what, fine in right.items():
                totals[what] += 1
                scores[what] += fine
            if not all(right.values()) and not quiet:
                wrong = ", ".join(what for what, fine in right.items() if not fine)
                print(
                    f"  {wrong}: {case['t']!r} wanted {case['intent']} {case.get('cat', '')} {case.get('ts', '')}, "
                    f"got {reading.intent} "
                    f"{reading.category} {reading.timestamp_s} {reading.confidence} {reading.text!r} {reading.details}"
                )
            if reading.intent is Intent.CREATE_NOTE:
                place = next(at for at in range(len(bins)) if BINS[at] <= reading.confidence < BINS[at + 1])
                bins[place]["all"] += 1
                bins[place]["right"] += all(right.values())
        line = "  ".join(f"{what} {scores[what]}/{totals[what]} {scores[what] / totals[what]:.1%}" for what in totals)
        print(f"{path.name}: {line}")
    print("new notes by confidence (right: intent, category, text and time)")
    for at, counted in enumerate(bins):
        share = f"{counted['right'] / counted['all']:.0%}" if counted["all"] else "-"
        print(f"  {BINS[at]:.1f}-{min(BINS[at + 1], 1):.1f}  {counted['all']:4} notes  {share} right")
    sure = sum(bins[4:], Counter())
    if sure["all"]:
        print(f"  above 0.7: {sure['all']} notes, {sure['right'] / sure['all']:.1%} right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--quiet", action="store_true", help="scores only, no misses")
    parser.add_argument("--without-context", action="store_true", help="as if no note had been left before")
    given = parser.parse_args()
    asyncio.run(evaluate(given.files, given.quiet, given.without_context))


if __name__ == "__main__":
    main()
