"""The demo's cameras (演示画面): one short loop for each, drawn at the first start by `hazwatch plant --pictures SITE`.

Plant side. Nothing of it is taken from a real plant; every picture says so, and what moves in it (a level, a worker, a lorry,
the count of seconds) only shows that the picture lives.
"""

import math
import os
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from app.plant.canvas import HIGH, WIDE, Canvas, Colour
from app.plant.geometry import EYES, Eye
from app.plant.package import picture_of
from app.video.drawn import Pixels, write_film

RATE = Fraction(25, 2)
LOOP_S = 8
_SKY: tuple[Colour, Colour] = ((196, 168, 132), (214, 206, 194))
_GROUND: tuple[Colour, Colour] = ((118, 126, 128), (84, 90, 92))
_STEEL: Colour = (196, 200, 202)
_DARK: Colour = (52, 56, 58)
_LIQUID: Colour = (164, 128, 92)
_LABEL: Colour = (248, 248, 248)

Moving = Callable[[Canvas, float], None]
"""Draws what moves, at a part (0 to 1) of the loop."""


def make_pictures(package: Path) -> list[Path]:
    """Those that are not there yet. A file is there whole or not at all. Raises OSError."""
    made = []
    for eye in EYES:
        path = package / picture_of(eye.code)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = path.with_suffix(".part")
            write_film(part, _pictures(eye), RATE)
            os.replace(part, path)
            made.append(path)
    return made


def _pictures(eye: Eye) -> Iterator[Pixels]:
    still, move = _scene(eye)
    still.text(12, 8, f"{eye.code} {eye.name}", _LABEL, _DARK)
    end = still.text(12, HIGH - 36, "演示画面 ", _LABEL, _DARK)
    grains = [_grained(still, seed) for seed in range(4)]
    total = int(LOOP_S * RATE)
    for number in range(total):
        canvas = grains[number % len(grains)].copy()
        move(canvas, number / total)
        canvas.text(end, HIGH - 36, f"循环第 {float(number / RATE):04.1f} 秒", _LABEL, _DARK)
        yield canvas.pixels


def _grained(still: Canvas, seed: int) -> Canvas:
    made = still.copy()
    made.grain(seed, 2)
    return made


def _scene(eye: Eye) -> tuple[Canvas, Moving]:
    canvas = Canvas()
    if eye.kind in ("duty_room", "warehouse"):
        canvas.fade(0, 250, (150, 156, 158), (176, 180, 182))
        canvas.fade(250, HIGH, (96, 104, 108), (70, 76, 80))
        return canvas, (_room(canvas) if eye.kind == "duty_room" else _store(canvas))
    canvas.fade(0, 190, *_SKY)
    canvas.fade(190, HIGH, *_GROUND)
    for x in range(-40, WIDE, 96):
        canvas.box(x, 172, x + 52, 190, (150, 152, 150))
    if eye.kind == "tank":
        return canvas, _tanks(canvas, eye)
    if eye.kind == "gate":
        return canvas, _gate(canvas)
    if eye.kind == "overview":
        return canvas, _overview(canvas)
    return canvas, _unit(canvas, eye)


def _tanks(canvas: Canvas, eye: Eye) -> Moving:
    """A row of them, each with a gauge beside it; the level of the first one breathes."""
    count = len(eye.equipment)
    pitch = WIDE / (count + 0.4)
    sphere = eye.equipment[0].startswith("V-1")
    canvas.box(0, 316, WIDE, 324, (132, 138, 140))
    gauges = []
    for number, code in enumerate(eye.equipment):
        x, half = pitch * (number + 0.7), min(100.0, pitch * 0.36)
        if sphere:
            for leg in (-0.7, 0.0, 0.7):
                canvas.box(x + half * leg - 4, 180, x + half * leg + 4, 312, (110, 114, 116))
            canvas.ball(x, 180, half, _STEEL)
        else:
            canvas.upright(x - half, 120, x + half, 312, _STEEL)
            for ring in (150, 204, 258):
                canvas.box(x - half, ring, x + half, ring + 2, (150, 154, 156))
            canvas.box(x - half - 4, 114, x + half + 4, 122, (132, 138, 140))
        canvas.text(int(x - 34), 206, code, _DARK)
        canvas.box(x + half + 8, 130, x + half + 24, 312, _DARK)
        gauges.append((x + half + 11, 0.35 + 0.13 * ((number * 3) % 4)))
    for x, share in gauges[1:]:
        canvas.box(x, 309 - 174 * share, x + 10, 309, _LIQUID)

    def move(picture: Canvas, at: float) -> None:
        x, share = gauges[0]
        picture.box(x, 309 - 174 * (share + 0.12 * math.sin(2 * math.pi * at)), x + 10, 309, _LIQUID)
        _walk(picture, at, 356)

    return move


def _unit(canvas: Canvas, eye: Eye) -> Moving:
    """A steel frame with vessels, or loading bays with a lorry; steam drifts."""
    loading = eye.equipment[:1] == ("L-501",)
    for x in range(70, 660, 140):
        canvas.box(x, 90, x + 9, 330, (104, 110, 114))
    for y in (96, 176, 256):
        canvas.box(60, y, 650, y + 7, (116, 122, 126))
    if loading:
        for number, code in enumerate(eye.equipment):
            x = 100 + 140 * number
            canvas.box(x + 30, 190, x + 36, 262, (60, 170, 214))
            canvas.text(x + 16, 108, code, _LABEL)
    else:
        canvas.upright(150, 60, 196, 330, _STEEL)
        canvas.upright(300, 150, 392, 300, _STEEL)
        canvas.upright(470, 110, 520, 330, _STEEL)
        canvas.text(306, 200, "R-601", _DARK)
        canvas.text(462, 84, "T-601", _LABEL, _DARK)

    def move(picture: Canvas, at: float) -> None:
        if loading:
            _lorry(picture, 120 + 260 * (0.5 - 0.5 * math.cos(2 * math.pi * at)), 330)
        for puff in range(6):
            rise = (at + puff / 6) % 1.0
            size = 8 + 34 * rise
            x, y = 180 + 60 * rise, 60 - 54 * rise
            picture.veil(x - size, y - size / 2, x + size, y + size / 2, (236, 236, 236), 0.45 * (1 - rise))
        _walk(picture, at, 362)

    return move


def _gate(canvas: Canvas) -> Moving:
    canvas.box(40, 130, 150, 330, (150, 158, 166))
    canvas.box(60, 170, 130, 240, (196, 190, 176))
    canvas.box(0, 330, WIDE, HIGH, (92, 96, 98))
    for x in range(20, WIDE, 90):
        canvas.box(x, 360, x + 44, 365, (196, 200, 204))

    def move(picture: Canvas, at: float) -> None:
        passing = WIDE * 1.5 * at - 180
        _lorry(picture, passing, 348)
        up = passing + 150 > 60 and passing < 330
        if up:
            picture.box(160, 170, 168, 330, (60, 60, 210))
        else:
            for x in range(160, 430, 30):
                picture.box(x, 286, x + 30, 296, (60, 60, 210) if x // 30 % 2 else (240, 240, 240))

    return move


def _overview(canvas: Canvas) -> Moving:
    for number in range(14):
        x = 30 + number * 48
        if number < 4:
            canvas.ball(x, 210, 19, _STEEL)
        else:
            canvas.upright(x - 18, 190, x + 18, 232, _STEEL)
    for number in range(9):
        canvas.upright(40 + number * 76, 262, 92 + number * 76, 318, (178, 184, 188))
    canvas.upright(560, 70, 574, 200, (160, 166, 170))

    def move(picture: Canvas, at: float) -> None:
        if at * 8 % 1 < 0.5:
            picture.disc(567, 66, 5, (60, 60, 235))
        drift = (at * WIDE * 2) % (WIDE * 2)
        for shift in (0, WIDE * 2):
            picture.veil(drift - shift - 130, 36, drift - shift + 130, 74, (232, 232, 232), 0.5)
        _lorry(picture, WIDE * 1.4 * at - 150, 366, 0.6)

    return move


def _store(canvas: Canvas) -> Moving:
    """Cylinders in rows; the lamp of the fan goes round."""
    for row in range(2):
        for number in range(7):
            x, y = 60 + number * 88, 176 + row * 96
            canvas.upright(x, y, x + 62, y + 78, (108, 158, 96))
            canvas.box(x + 20, y - 9, x + 42, y, _DARK)
    canvas.box(300, 40, 400, 130, _DARK)

    def move(picture: Canvas, at: float) -> None:
        for blade in range(3):
            turn = 2 * math.pi * (at * 6 + blade / 3)
            picture.disc(350 + 28 * math.cos(turn), 85 + 28 * math.sin(turn), 10, (196, 200, 202))
        _walk(picture, at, 368)

    return move


def _room(canvas: Canvas) -> Moving:
    """Two screens and somebody before them."""
    canvas.box(60, 230, 640, 250, (84, 112, 140))
    canvas.box(90, 250, 110, 370, (70, 92, 118))
    canvas.box(590, 250, 610, 370, (70, 92, 118))
    for x in (130, 300, 470):
        canvas.box(x, 130, x + 140, 222, _DARK)
        canvas.box(x + 6, 136, x + 134, 216, (86, 74, 60))

    def move(picture: Canvas, at: float) -> None:
        for x in (130, 300, 470):
            line = [150 + 40 * math.sin(2 * math.pi * (at * 2 + x / 97 + step / 12)) for step in range(16)]
            for step, y in enumerate(line):
                picture.box(x + 8 + step * 8, y + 24, x + 14 + step * 8, y + 27, (140, 210, 150))
        sway = 16 * math.sin(2 * math.pi * at)
        picture.box(330 + sway, 262, 410 + sway, 372, (120, 84, 52))
        picture.disc(370 + sway, 244, 24, (148, 176, 208))

    return move


def _walk(picture: Canvas, at: float, ground: float) -> None:
    """Somebody on their round, there and back."""
    x = 60 + (WIDE - 120) * (0.5 - 0.5 * math.cos(2 * math.pi * at))
    step = 4 * math.sin(2 * math.pi * at * 14)
    picture.box(x - 5 + step, ground - 18, x - 1 + step, ground, _DARK)
    picture.box(x + 1 - step, ground - 18, x + 5 - step, ground, _DARK)
    picture.box(x - 7, ground - 40, x + 7, ground - 18, (54, 128, 236))
    picture.disc(x, ground - 46, 6, (60, 214, 240))


def _lorry(picture: Canvas, x: float, ground: float, scale: float = 1.0) -> None:
    picture.box(x, ground - 70 * scale, x + 112 * scale, ground - 12 * scale, (206, 206, 202))
    picture.box(x + 116 * scale, ground - 52 * scale, x + 150 * scale, ground - 12 * scale, (70, 96, 196))
    for wheel in (20, 46, 130):
        picture.disc(x + wheel * scale, ground - 8 * scale, 10 * scale, _DARK)


def run_pictures(package: Path) -> int:
    """0 when all are there; 1 when they could not be written."""
    if hasattr(os, "nice"):
        os.nice(5)  # plant and station start at the same time
    try:
        make_pictures(package)
    except OSError as wrong:
        print(f"演示画面不能写入 {package}：{wrong}", file=sys.stderr)
        return 1
    return 0
