"""Whether words sound finished, so that less silence is needed to call an utterance over. Pure."""

_DANGLING = frozenset(
    "a an the my your its our their of in at to for from with by about into under and or but so because if when while "
    "although which who whose as than is are was were be been being has had will would can could should may might must "
    "does did um uh er i we he she".split()
)
"""English words that hardly ever end a remark."""


def sounds_finished(text: str) -> bool:
    """Whether ``text``, as a recogniser wrote it, ends like a whole phrase.

    Whisper writes a full stop after what sounds complete, and nothing, a comma or dots after what does not.
    """
    if not text.endswith((".", "?", "!", "。", "？", "！")) or text.endswith(("..", "…")):
        return False
    words = text.rstrip(".?!。？！\"' ").lower().split()
    return bool(words) and words[-1] not in _DANGLING
