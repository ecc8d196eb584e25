#!/usr/bin/env python3
"""Draws server/assets/practice/video.webm: a short film to practise on, with something to remark on in every scene.

From 1:02 on it shows what the recorded reviewer of `sidenote demo` speaks of. Run it again only to change the film:
    .venv/bin/python scripts/make_practice_video.py
"""

import functools
import itertools
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.float32]  # shape (360, 640), 0 to 1: how much of each pixel is covered
Picture = NDArray[np.float32]  # shape (360, 640, 3), RGB, 0 to 255
Sound = NDArray[np.float64]  # shape (n,), mono at RATE, -1 to 1
Colour = tuple[float, ...]  # RGB, 0 to 255

TARGET = Path(__file__).resolve().parents[1] / "server" / "assets" / "practice" / "video.webm"
WIDTH, HEIGHT = 640, 360
FRAMES_A_SECOND = 15
RATE = 48_000
VIDEO_OPTIONS = {"crf": "52", "b": "0", "cpu-used": "3", "deadline": "good", "row-mt": "0", "lag-in-frames": "16"}
KEYFRAME_EVERY = 12 * FRAMES_A_SECOND  # frames; a seek decodes from the one before
SOUND_BIT_RATE = 7_000
SOUND_OPTIONS = {"frame_duration": "60"}  # milliseconds: fewer packets, each of which costs some bytes
BITEXACT = {"fflags": "+bitexact", "cues_to_front": "1"}  # no random ids; a player can seek before it has all

PAPER, INK, NAVY, SLATE = (244, 239, 230), (23, 33, 43), (29, 53, 87), (60, 72, 88)
AMBER, CORAL, TEAL, NIGHT = (242, 165, 65), (226, 88, 62), (42, 157, 143), (12, 16, 24)
YELLOW, DUSK, ROSE, SEA, FOAM = (255, 205, 60), (52, 38, 84), (238, 138, 104), (14, 92, 124), (92, 190, 204)

X, Y = np.meshgrid(np.arange(WIDTH, dtype=np.float32) + 0.5, np.arange(HEIGHT, dtype=np.float32) + 0.5)

# A letter is strokes on a grid 4 wide and 6 high, each point two digits; "~" rounds the corners of a stroke.
STROKES = {
    "A": "06 20 46,14 34", "C": "~41 30 10 01 05 16 36 45", "D": "00 06,~00 20 41 45 26 06", "E": "40 00 06 46,03 33",
    "G": "~41 30 10 01 05 16 36 45 43,43 23", "H": "00 06,40 46,03 43", "I": "20 26",
    "L": "00 06 46", "N": "06 00 46 40", "O": "~20 10 01 05 16 36 45 41 30 20",
    "P": "06 00,~00 30 41 42 33 03", "R": "06 00,~00 30 41 42 33 03,23 46",
    "S": "~41 30 10 01 02 13 33 44 45 36 16 05", "T": "00 40,20 26", "U": "~00 05 16 36 45 40", "V": "00 26 40",
    "W": "00 16 22 36 40", "Y": "00 23 40,23 26", "0": "~20 10 01 05 16 36 45 41 30 20", "1": "11 20 26",
    "2": "~01 10 30 41 42 06,06 46", "3": "~01 10 30 41 42 23,~23 44 45 36 16 05", "4": "36 30 04 44",
    "5": "40 00 03,~03 33 44 45 36 16 05", "6": "~40 20 01 05 16 36 45 44 33 13 04", "7": "00 40 16",
    "8": "~20 10 01 02 13 33 42 41 30 20,~23 13 04 05 16 36 45 44 33 23", "9": "~06 26 45 41 30 10 01 02 13 33 42",
    ":": "22 22,25 25",
}  # fmt: skip


def eased(x: float) -> float:
    """From 0 to 1 as ``x`` goes there, slow at both ends."""
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def mixed(first: Colour, second: Colour, part: float) -> Colour:
    return tuple(a + (b - a) * part for a, b in zip(first, second, strict=True))


def ground(top: Colour, bottom: Colour | None = None) -> Picture:
    part = np.tile((Y / HEIGHT)[..., None], 3)
    return np.asarray(top, np.float32) * (1 - part) + np.asarray(bottom or top, np.float32) * part


def paint(picture: Picture, mask: Mask, colour: Colour, strength: float = 1.0) -> None:
    picture += (mask * np.float32(strength))[..., None] * (np.asarray(colour, np.float32) - picture)


def disc(x: float, y: float, radius: float) -> Mask:
    return np.clip(radius - np.hypot(X - x, Y - y) + 0.5, 0, 1)


def ring(x: float, y: float, radius: float, width: float) -> Mask:
    return np.clip(width / 2 - np.abs(np.hypot(X - x, Y - y) - radius) + 0.5, 0, 1)


def box(x: float, y: float, width: float, height: float, *, round_by: float = 0.0, turned: float = 0.0) -> Mask:
    """A rectangle around its centre; ``turned`` by radians."""
    across = np.abs((X - x) * np.cos(turned) + (Y - y) * np.sin(turned)) - width / 2 + round_by
    down = np.abs((Y - y) * np.cos(turned) - (X - x) * np.sin(turned)) - height / 2 + round_by
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0)) + np.minimum(np.maximum(across, down), 0)
    return np.clip(round_by - outside + 0.5, 0, 1).astype(np.float32)


def triangle(*corners: tuple[float, float]) -> Mask:
    """Corners clockwise."""
    inside = np.full((HEIGHT, WIDTH), np.inf, np.float32)
    for (ax, ay), (bx, by) in itertools.pairwise((*corners, corners[0])):
        away = ((bx - ax) * (Y - ay) - (by - ay) * (X - ax)) / np.hypot(bx - ax, by - ay)
        inside = np.minimum(inside, away)
    return np.clip(inside + 0.5, 0, 1)


def below(edge: Mask) -> Mask:
    return np.clip(Y - edge + 0.5, 0, 1)


def segment(x: Mask, y: Mask, ax: float, ay: float, bx: float, by: float) -> Mask:
    """Distance of each pixel to a straight stroke."""
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.hypot(x - ax - along * dx, y - ay - along * dy)


def rounded(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Chaikin's way: cut every corner, three times."""
    for _ in range(3):
        cut = [points[0]]
        for (ax, ay), (bx, by) in itertools.pairwise(points):
            cut += [(0.75 * ax + 0.25 * bx, 0.75 * ay + 0.25 * by), (0.25 * ax + 0.75 * bx, 0.25 * ay + 0.75 * by)]
        points = [*cut, points[-1]]
    return points


@functools.cache
def glyph(letter: str, height: float) -> Mask:
    """A letter in its own small picture, with a margin of the stroke's width."""
    unit, width = height / 6, max(1.6, height / 7.5)
    x, y = np.meshgrid(
        np.arange(round(4 * unit + 2 * width), dtype=np.float32), np.arange(round(height + 2 * width), dtype=np.float32)
    )
    nearest = np.full(x.shape, np.inf, np.float32)
    for stroke in STROKES[letter].split(","):
        points = [(float(pair[0]), float(pair[1])) for pair in stroke.removeprefix("~").split()]
        for (ax, ay), (bx, by) in itertools.pairwise(rounded(points) if stroke.startswith("~") else points):
            ends = (width + ax * unit, width + ay * unit, width + bx * unit, width + by * unit)
            nearest = np.minimum(nearest, segment(x, y, *ends))
    return np.clip(width / 2 - nearest + 0.5, 0, 1)


@functools.cache
def words(text: str, x: float, y: float, height: float, spacing: float = 2.6) -> Mask:
    """Words around (x, y); ``spacing`` between letters in grid units."""
    unit = height / 6
    widths = [(2.0 if letter in "I:1" else 4.0) for letter in text]
    left = x - (sum(widths) + spacing * (len(text) - 1)) * unit / 2
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    for letter, width in zip(text, widths, strict=True):
        if letter != " ":
            drawn = glyph(letter, height)
            row = round(y - drawn.shape[0] / 2)
            column = round(left + width * unit / 2 - drawn.shape[1] / 2)
            place = mask[row : row + drawn.shape[0], column : column + drawn.shape[1]]
            np.maximum(place, drawn, out=place)
        left += (width + spacing) * unit
    return mask


def title(at_s: float) -> Picture:
    picture = ground(PAPER)
    paint(picture, disc(320, 104, 11 + 2 * np.sin(at_s * 2.4)), CORAL)
    paint(picture, ring(320, 104, 22, 2), CORAL, 0.5)
    paint(picture, words("PRACTICE VIDEO", 320, 172, 38), INK)
    paint(picture, box(320, 214, 40 + 380 * eased(at_s / 5), 4, round_by=2), AMBER)
    paint(picture, words("SAY WHAT YOU SEE", 320, 250, 16), TEAL)
    return picture


def shapes(at_s: float) -> Picture:
    picture = ground(NAVY)
    slide = eased(at_s / 7) - eased((at_s - 8) / 6)
    height = 76 + 190 * eased(at_s / 15)
    x = 110 + 380 * slide
    paint(picture, triangle((x, height - 52), (x + 60, height + 48), (x - 60, height + 48)), TEAL)
    paint(picture, box(320, 180, 104, 104, round_by=10, turned=at_s * 0.6), AMBER)
    paint(picture, disc(320 + 205 * np.cos(at_s * 0.7), 180 + 105 * np.sin(at_s * 1.05), 40), CORAL)
    return picture


def chart(at_s: float) -> Picture:
    picture = ground(PAPER)
    paint(picture, words("NOTES A DAY", 320, 46, 20), INK)
    for day, value in enumerate((58, 84, 72, 118, 206, 150)):
        tall = value * eased((at_s - 0.6 - day * 1.9) / 1.8)
        x = 140 + day * 72
        if tall > 1:
            paint(picture, box(x, 296 - tall / 2, 42, tall, round_by=min(4, tall / 2)), CORAL if day == 4 else TEAL)
        paint(picture, words(str(day + 1), x, 316, 12), SLATE)
    paint(picture, box(320, 297, 452, 3), INK)
    return picture


def colours(at_s: float) -> Picture:
    part = eased((at_s - 1.5) / 8.5)
    picture = ground(mixed((90, 32, 36), (16, 40, 72), part))
    warm = (CORAL, (240, 120, 60), AMBER, (250, 210, 120), PAPER)
    cool = ((34, 82, 128), (40, 116, 150), TEAL, FOAM, PAPER)
    for number, (first, second) in enumerate(zip(warm, cool, strict=True)):
        radius = (168 - number * 34) * (1 + 0.03 * np.sin(at_s * 1.4 - number * 0.7))
        paint(picture, disc(320, 180, radius), mixed(first, second, part))
    return picture


def pendulum(at_s: float) -> Picture:
    picture = ground((226, 231, 232))
    swing = 0.62 * np.cos(at_s * 2.1)
    x, y = 320 + 220 * np.sin(swing), 40 + 220 * np.cos(swing)
    paint(picture, np.clip(1.6 - segment(X, Y, 320, 40, x, y), 0, 1), SLATE)
    paint(picture, box(320, 38, 90, 5, round_by=2.5), SLATE)
    paint(picture, disc(x, y, 26), SLATE)
    return picture


def cut(at_s: float) -> Picture:
    picture = ground(YELLOW)
    for row, column in itertools.product(range(3), range(5)):
        radius = 28 + 20 * max(0.0, np.sin(at_s * 1.57 - column * 0.5 - row * 0.25)) ** 8
        paint(picture, disc(64 + column * 128, 62 + row * 118, radius), INK if (row + column) % 2 else CORAL)
    return picture


def opening(at_s: float) -> Picture:
    picture = ground(DUSK, ROSE)
    y = 196 - at_s * 7
    glow = np.exp(-(((X - 410) ** 2 + (Y - y) ** 2) / 16_000))
    paint(picture, glow, (255, 196, 120), 0.6)
    paint(picture, disc(410, y, 34), (255, 226, 170))
    for depth, (tint, base, rise) in enumerate((((134, 84, 112), 226, 34), ((84, 56, 92), 262, 42), (DUSK, 304, 30))):
        pan = X + at_s * (3 + 5 * depth) + depth * 190
        edge = base - rise * (0.6 * np.sin(pan / 74) + 0.4 * np.abs(np.sin(pan / 31 + depth)))
        paint(picture, below(edge), tint)
    return picture


def interview(at_s: float) -> Picture:
    picture = ground((96, 76, 66), (58, 46, 46))
    paint(picture, box(320, 110, 190, 124, round_by=6), (150, 176, 184))
    paint(picture, box(320, 110, 6, 124), (96, 76, 66))
    for x, coat, skin, pace in ((190, NAVY, (222, 176, 146), 9.0), (450, TEAL, (166, 116, 88), 0.0)):
        nod = 3 * np.sin(at_s * (3.1 if pace else 1.2))
        paint(picture, box(x, 318, 168, 176, round_by=60), coat)
        paint(picture, disc(x, 178 + nod, 46), skin)
        paint(picture, disc(x, 153 + nod, 44) * (1 - below(np.float32(160 + nod) + 0 * X)), INK)
        for eye in (x - 15, x + 15):
            paint(picture, disc(eye, 178 + nod, 3.5), INK)
        paint(picture, box(x, 200 + nod, 20, 3 + 6 * abs(np.sin(at_s * pace)), round_by=1.5), (120, 50, 50))
    paint(picture, box(140, 316, 216, 40, round_by=6), PAPER)
    paint(picture, words("INTERVIEW", 140, 316, 15), INK)
    return picture


def card(at_s: float) -> Picture:
    picture = ground(NIGHT)
    paint(picture, box(320, 180, 360 * eased(at_s / 2), 2), SLATE, 0.7)
    paint(picture, words("NORTHLIGHT", 320, 152, 24, 4.0), PAPER)
    paint(picture, ring(320, 207, 5, 1.6), AMBER)  # the logo that is too small
    paint(picture, disc(320, 207, 1.6), AMBER)
    return picture


def sea(at_s: float) -> Picture:
    picture = ground((24, 98, 142), (70, 168, 186))
    paint(picture, disc(498, 84, 30), (170, 226, 228))
    bob, lean = 5 * np.sin(at_s * 1.3), 6 * np.sin(at_s * 1.3 + 0.8)
    x, y = 220 + at_s * 14, 214 + bob
    paint(picture, triangle((x + lean, y - 104), (x + 62, y - 14), (x, y - 14)), (206, 238, 238))
    paint(picture, triangle((x - 6 + lean, y - 88), (x - 6, y - 14), (x - 44, y - 14)), (150, 212, 218))
    paint(picture, box(x + 4, y, 128, 26, round_by=12), (8, 58, 92))
    for depth, tint in enumerate((FOAM, (38, 132, 158), SEA, (8, 66, 98))):
        edge = 222 + depth * 34 + (5 + 2 * depth) * np.sin(X / (52 + 12 * depth) + at_s * (1.1 - 0.15 * depth) + depth)
        paint(picture, below(edge), tint)
    return picture


def city(at_s: float) -> Picture:
    picture = ground((18, 24, 46), (70, 62, 96))
    paint(picture, disc(108, 74, 24), PAPER)
    order = np.random.default_rng(7).permutation(64)
    window = 0
    for number, (x, tall) in enumerate(((70, 150), (170, 220), (270, 120), (370, 256), (470, 176), (570, 206))):
        paint(picture, box(x, 360 - tall / 2, 84, tall), mixed(NIGHT, NAVY, 0.4 + 0.1 * (number % 3)))
        for row, column in itertools.product(range(int(tall // 40)), range(2)):
            lit = eased((at_s - 0.3 - order[window % 64] * 0.14) / 0.5)
            place = box(x - 18 + column * 36, 360 - tall + 26 + row * 40, 18, 22)
            paint(picture, place, mixed((30, 40, 62), (255, 214, 130), lit))
            window += 1
    return picture


def end(at_s: float) -> Picture:
    picture = ground(PAPER)
    paint(picture, words("THE END", 320, 160, 40), INK)
    paint(picture, box(320, 206, 40 + 200 * (1 - eased(at_s / 5)), 4, round_by=2), AMBER)
    paint(picture, words("NOW WRITE THE NOTES", 320, 244, 16), TEAL, eased(at_s - 1.5))
    return picture


class Scene(NamedTuple):
    start_s: float
    draw: Callable[[float], Picture]  # the picture at a second of the scene
    chord: tuple[float, ...]  # Hz
    loud: float  # 0 to 1
    pluck_s: float = 0.0  # between plucked tones; 0: none


SCENES = (
    Scene(0.0, title, (196.0, 246.9, 293.7), 0.10, 1.0),
    Scene(7.0, shapes, (220.0, 277.2, 329.6), 0.09, 0.5),
    Scene(22.0, chart, (174.6, 220.0, 261.6), 0.09, 1.9),
    Scene(38.0, colours, (164.8, 207.7, 246.9, 311.1), 0.11),
    Scene(50.0, pendulum, (146.8, 220.0), 0.06, 1.5),
    Scene(56.0, cut, (329.6, 415.3, 493.9), 0.13, 0.25),
    Scene(62.0, opening, (130.8, 196.0, 246.9, 329.6), 0.13),
    Scene(66.2, interview, (233.1, 293.7, 349.2), 0.30, 0.25),
    Scene(69.4, card, (110.0, 164.8), 0.10, 0.9),
    Scene(73.0, lambda _: ground(NIGHT), (), 0.0),  # a pause that is too long
    Scene(75.2, sea, (138.6, 207.7, 277.2), 0.09),
    Scene(86.0, city, (155.6, 196.0, 233.1, 293.7), 0.09, 0.7),
    Scene(98.0, end, (130.8, 164.8, 196.0), 0.10, 1.0),
)
LENGTH_S = 105.0


def frame(at_s: float) -> NDArray[np.uint8]:
    """The film at a second with its running clock. Shape (360, 640, 3), RGB."""
    scene = next(scene for scene in reversed(SCENES) if scene.start_s <= at_s)
    picture = scene.draw(at_s - scene.start_s)
    paint(picture, box(588, 30, 76, 28, round_by=8), INK, 0.82)
    paint(picture, words(f"{int(at_s) // 60}:{int(at_s) % 60:02d}", 588, 30, 13), (255, 255, 255))
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def soundtrack() -> Sound:
    """A pad for every scene, plucked tones over it, a murmur in the interview and waves at sea."""
    at_s = np.arange(round(LENGTH_S * RATE)) / RATE
    sound = np.zeros_like(at_s)
    for scene, end_s in zip(SCENES, [*(later.start_s for later in SCENES[1:]), LENGTH_S], strict=True):
        inside = slice(round(scene.start_s * RATE), round(end_s * RATE))
        here_s = at_s[inside] - scene.start_s
        border = np.clip(np.minimum(here_s, end_s - scene.start_s - here_s) / 0.06, 0, 1)
        sound[inside] = border * (scene.loud * pad(scene.chord, here_s) + plucks(scene, here_s))
        if scene.draw is interview:
            sound[inside] += border * 0.07 * murmur(here_s)
        if scene.draw is sea:
            sound[inside] += border * 0.30 * surf(here_s)
    return sound * np.clip((LENGTH_S - at_s) / 3.0, 0, 1)


def pad(chord: tuple[float, ...], at_s: Sound) -> Sound:
    tones = np.zeros_like(at_s)
    for hertz in chord:
        phase = 2 * np.pi * hertz * at_s
        tones += np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.5 * np.sin(phase * 1.003)
    return tones / max(1, len(chord)) * (0.85 + 0.15 * np.sin(at_s * 1.6))


def plucks(scene: Scene, at_s: Sound) -> Sound:
    if not scene.pluck_s:
        return np.zeros_like(at_s)
    number = (at_s // scene.pluck_s).astype(int)
    since_s = at_s - number * scene.pluck_s
    hertz = 2 * np.asarray(scene.chord)[(number * 2) % len(scene.chord)]
    envelope = np.exp(-since_s * 5.0) * np.clip(since_s / 0.008, 0, 1) * np.clip((scene.pluck_s - since_s) / 0.01, 0, 1)
    return np.asarray(1.1 * scene.loud * envelope * np.sin(2 * np.pi * hertz * since_s))


def murmur(at_s: Sound) -> Sound:
    """Something like a voice behind a wall."""
    phase = 2 * np.pi * (118 * at_s + 2.2 * np.sin(at_s * 3.3))
    syllables = np.maximum(0, np.sin(at_s * 14.5)) * (0.6 + 0.4 * np.sin(at_s * 2.3))
    return np.asarray(sum(np.sin(phase * overtone) / overtone for overtone in range(1, 6)) * syllables)


def surf(at_s: Sound) -> Sound:
    noise = np.random.default_rng(11).standard_normal(at_s.size)
    return np.convolve(noise, np.hanning(120) / 60, mode="same") * (0.5 + 0.5 * np.sin(at_s * 1.3))


def write(path: Path) -> None:
    """VP9 and Opus; the same bytes each time with the same libraries."""
    with av.open(str(path), "w", format="webm", options=BITEXACT) as container:
        video = container.add_stream("libvpx-vp9", rate=FRAMES_A_SECOND, options=VIDEO_OPTIONS)
        video.width, video.height, video.pix_fmt, video.gop_size = WIDTH, HEIGHT, "yuv420p", KEYFRAME_EVERY
        video.codec_context.thread_count = 1  # how work is split could change the bytes
        audio = container.add_stream("libopus", RATE, layout="mono", bit_rate=SOUND_BIT_RATE, options=SOUND_OPTIONS)
        samples = np.clip(soundtrack() * 32_767, -32_767, 32_767).astype(np.int16)
        for number in range(round(LENGTH_S * FRAMES_A_SECOND)):
            picture = av.VideoFrame.from_ndarray(frame(number / FRAMES_A_SECOND), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FRAMES_A_SECOND)
            container.mux(video.encode(picture))
            first, last = (round(at * RATE / FRAMES_A_SECOND) for at in (number, number + 1))
            tone = av.AudioFrame.from_ndarray(samples[first:last].reshape(1, -1), format="s16", layout="mono")
            tone.sample_rate, tone.pts, tone.time_base = RATE, first, Fraction(1, RATE)
            container.mux(audio.encode(tone))
        container.mux([*video.encode(None), *audio.encode(None)])


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    write(TARGET)
    print(f"Written: {TARGET.name}, {LENGTH_S:.0f} s, {TARGET.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
