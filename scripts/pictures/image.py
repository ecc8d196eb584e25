"""Pictures as arrays: read from PNG, put side by side, and written small."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]  # shape (height, width, 3), RGB
COLOURS = 256


def pixels(png: bytes) -> Pixels:
    with av.open(io.BytesIO(png), "r") as picture:
        return next(picture.decode(video=0)).to_ndarray(format="rgb24").astype(np.uint8)


def beside(left: Pixels, right: Pixels) -> Pixels:
    """At the height of the higher one; what is missing is of the colour of each one's last pixel."""
    height = max(len(left), len(right))
    grown = [
        np.concatenate([one, np.broadcast_to(one[-1, -1], (height - len(one), *one.shape[1:]))])
        for one in (left, right)
    ]
    return np.concatenate(grown, axis=1)


def write_png(path: Path, png: bytes) -> None:
    """With a palette of its own, which screens hardly need more than: a quarter of the bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_encoded(_with_palette(pixels(png))))


def _with_palette(picture: Pixels) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    graph = Graph()
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    split, palette = graph.add("split"), graph.add("palettegen", f"max_colors={COLOURS}:reserve_transparent=0")
    use, sink = graph.add("paletteuse", "dither=none"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    graph.push(frame)
    graph.push(None)
    drawn = graph.pull()
    assert isinstance(drawn, av.VideoFrame)
    return drawn


def _encoded(frame: av.VideoFrame) -> bytes:
    encoder = av.CodecContext.create("png", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "pal8"
    encoder.time_base = Fraction(1)
    encoder.options = {"compression_level": "9", "pred": "none"}
    return b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
