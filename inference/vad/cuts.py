"""Where to cut speech that is too long for one piece. Pure: Silero's probabilities in, window indexes out."""

from inference.audio import Float32Samples

_SILENCE = 0.35  # a window below it is a pause: the detector's own release threshold


def best_cut(probabilities: Float32Samples, start: int, stop: int, silence: float = _SILENCE) -> int:
    """The window from ``start`` up to ``stop`` before which to cut.

    ``probabilities`` (shape (n,)): of speech, one for each 32 ms. It is the middle of the longest run below
    ``silence``, of equal runs the later; where nobody paused, the window least likely to be speech. Raises ValueError
    for an empty range.
    """
    if not 0 <= start < stop <= len(probabilities):
        raise ValueError(f"There is nothing to cut from {start} to {stop} in {len(probabilities)} windows.")
    middle, longest, length = start, 0, 0
    for at in range(start, stop):
        length = length + 1 if probabilities[at] < silence else 0
        if length and length >= longest:
            middle, longest = at - (length - 1) // 2, length
    return middle if longest else start + int(probabilities[start:stop].argmin())


def plan_pieces(probabilities: Float32Samples, longest: int, search: int) -> list[tuple[int, int]]:
    """Pieces (start, stop), of ``longest`` windows at most, that follow on each other and cover ``probabilities``.

    They are about equally long: each cut is the best one among ``search`` windows around the place that would make
    them so. What is short enough is one piece. Raises ValueError unless 0 < search < longest.
    """
    if not 0 < search < longest:
        raise ValueError(f"search must lie between 1 and {longest - 1}, not {search}.")
    pieces: list[tuple[int, int]] = []
    start, end = 0, len(probabilities)
    while end - start > longest:
        count = -(-2 * (end - start) // (2 * longest - search))  # so many that the latest cut is early enough
        earliest = start + max(1, (end - start) // count - search // 2)
        cut = best_cut(probabilities, earliest, earliest + search)
        pieces.append((start, cut))
        start = cut
    pieces.append((start, end))
    return pieces
