"""The furniture of the plot plan: grid coordinates, wind rose, legend, list of buildings, title block. Pure; plant side."""

from math import cos, radians, sin

from app.plant import geometry as g
from app.plant.geometry import Box
from app.plant.svg import GREY, INK, PALE, Paper

LEFT, RIGHT = 430.0, 520.0


def grid(paper: Paper, ground: Box) -> None:
    """Crosses every 50 m with the plant coordinates (A north, B east) along two sides."""
    paper.comment("grid")
    for x in range(50, int(ground.x1), 50):
        for y in range(50, int(ground.y1), 50):
            paper.line([(x - 1.2, y), (x + 1.2, y)], 0.08, PALE)
            paper.line([(x, y - 1.2), (x, y + 1.2)], 0.08, PALE)
        paper.line([(x, ground.y1 - 2.2), (x, ground.y1 + 1)], 0.1, GREY)
        paper.words(x, ground.y1 + 2.4, f"B={5000 + x}.00", 2.0, GREY)
    for y in range(50, int(ground.y1), 50):
        paper.line([(ground.x0 - 1, y), (ground.x0 + 2.2, y)], 0.1, GREY)
        if abs(y - 100) > 8:
            paper.words(ground.x0 - 3, y, f"A={3000 + y}.00", 2.0, GREY, turn=90)


def column(paper: Paper) -> None:
    """Everything right of the fence."""
    paper.comment("frame and right-hand column")
    paper.rect(Box(g.SHEET.x0 + 1, g.SHEET.y0 + 1, g.SHEET.x1 - 1, g.SHEET.y1 - 1), 0.5)
    paper.line([(LEFT - 5, g.SHEET.y0 + 1), (LEFT - 5, g.SHEET.y1 - 1)], 0.3)
    _rose(paper, 458, 262, 18)
    _north(paper, 502, 262)
    _scale_bar(paper, LEFT + 4, 229)
    _legend(paper, 217)
    _buildings(paper, 142)
    _sources(paper, 68)
    _title(paper)


def _rose(paper: Paper, x: float, y: float, reach: float) -> None:
    paper.words(x, y + reach + 7, "风玫瑰图 (全年)", 3.0)
    for share in (5, 10, 15):
        paper.circle(x, y, reach * share / 15, 0.08, PALE)
    tips = []
    for k, share in enumerate(g.WIND_ROSE):
        turn = radians(22.5 * k)
        tips.append((x + reach * share / 15 * sin(turn), y + reach * share / 15 * cos(turn)))
    paper.closed(tips, 0.25)
    for tip in tips:
        paper.line([(x, y), tip], 0.1, GREY)
    paper.line([(x - reach, y), (x + reach, y)], 0.08, PALE)
    paper.line([(x, y - reach), (x, y + reach)], 0.08, PALE)
    paper.words(x, y + reach + 2.2, "N", 2.6)
    paper.words(x, y - reach - 2.6, "主导风向 SE 15%  静风 4%", 2.4, GREY)


def _north(paper: Paper, x: float, y: float) -> None:
    paper.closed([(x, y + 16), (x - 5, y - 10), (x, y - 5)], 0.2, fill=INK)
    paper.closed([(x, y + 16), (x + 5, y - 10), (x, y - 5)], 0.2)
    paper.words(x, y + 20, "北", 4.0, bold=True)


def _scale_bar(paper: Paper, x: float, y: float) -> None:
    for k in range(4):
        paper.rect(Box(x + 10 * k, y, x + 10 * k + 10, y + 1.4), 0.12, fill=INK if k % 2 == 0 else "none")
    for metres in (0, 20, 40):
        paper.words(x + metres, y + 3.6, str(metres), 2.2)
    paper.words(x + 43, y + 3.6, "m", 2.2, anchor="start")
    paper.words(x + 54, y + 1.2, "比例 1:1000 (A1)", 2.6, anchor="start")


def _heading(paper: Paper, y: float, text: str) -> None:
    paper.line([(LEFT - 5, y + 3.4), (g.SHEET.x1 - 1, y + 3.4)], 0.2)
    paper.words(LEFT, y, text, 3.0, anchor="start", bold=True)


def _legend(paper: Paper, top: float) -> None:
    _heading(paper, top + 1, "图例")
    rows = ("防火堤", "隔堤", "道路中心线", "管廊", "围墙", "建筑物", "棚架", "消火栓", "消防炮", "绿化", "水池", "抗爆建筑")
    for k, name in enumerate(rows):
        x, y = LEFT + 2 + 44 * (k % 2), top - 7 - 9 * (k // 2)
        paper.words(x + 16, y, name, 2.8, anchor="start")
        _sample(paper, name, x, y)


def _sample(paper: Paper, name: str, x: float, y: float) -> None:
    box = Box(x, y - 2.4, x + 12, y + 2.4)
    if name == "防火堤":
        paper.rect(box, 0.2)
        paper.rect(Box(x + 0.8, y - 1.6, x + 11.2, y + 1.6), 0.12)
    elif name == "隔堤":
        paper.line([(x, y), (x + 12, y)], 0.3)
    elif name == "道路中心线":
        paper.line([(x, y), (x + 12, y)], 0.12, PALE, "30 18")
    elif name == "管廊":
        paper.rect(Box(x, y - 1.6, x + 12, y + 1.6), 0.12, GREY)
        for k in range(3):
            paper.line([(x + 2 + 4 * k, y - 2.1), (x + 2 + 4 * k, y + 2.1)], 0.16, GREY)
    elif name == "围墙":
        paper.line([(x, y), (x + 12, y)], 0.25)
        for k in (3, 9):
            paper.line([(x + k - 0.7, y - 0.7), (x + k + 0.7, y + 0.7)], 0.12)
            paper.line([(x + k - 0.7, y + 0.7), (x + k + 0.7, y - 0.7)], 0.12)
    elif name == "建筑物":
        paper.rect(box, 0.35)
    elif name == "棚架":
        paper.rect(box, 0.18, dash="20 10")
        paper.line([(box.x0, box.y0), (box.x1, box.y1)], 0.06, PALE)
        paper.line([(box.x0, box.y1), (box.x1, box.y0)], 0.06, PALE)
    elif name == "消火栓":
        paper.circle(x + 6, y, 1.4, 0.16)
        paper.line([(x + 4.6, y), (x + 7.4, y)], 0.16)
        paper.line([(x + 6, y), (x + 6, y - 1.4)], 0.16)
    elif name == "消防炮":
        paper.closed([(x + 4.4, y - 1.4), (x + 7.6, y - 1.4), (x + 6, y + 1.8)], 0.16)
    elif name == "绿化":
        for k in (2, 6, 10):
            paper.circle(x + k, y, 1.2, 0.09, "#6f8f6f")
    elif name == "水池":
        paper.rect(box, 0.3)
        paper.rect(Box(x + 1.1, y - 1.3, x + 10.9, y + 1.3), 0.12)
    else:
        paper.rect(box, 0.7)
        paper.rect(Box(x + 1.1, y - 1.3, x + 10.9, y + 1.3), 0.12)


def _buildings(paper: Paper, top: float) -> None:
    _heading(paper, top, "建(构)筑物一览表")
    for k, place in enumerate(g.PLACES):
        x, y = LEFT + 45 * (k % 2), top - 7 - 4.6 * (k // 2)
        paper.words(x, y, place.code, 2.5, GREY, anchor="start")
        paper.words(x + 9.5, y, place.name, 2.5, anchor="start")


def _sources(paper: Paper, top: float) -> None:
    _heading(paper, top, "重大危险源 (GB 18218-2018)")
    roman = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}
    named = {1: "液化烃球罐区", 2: "甲醇、苯罐区", 3: "液氯库", 4: "汽车装卸站"}
    for k, (level, name) in enumerate(named.items()):
        paper.words(LEFT, top - 7 - 5 * k, f"{roman[level]}   {name}", 2.8, anchor="start")


def _title(paper: Paper) -> None:
    x0, x1, y0 = LEFT - 5, g.SHEET.x1 - 1, g.SHEET.y0 + 1
    for y in (y0 + 8, y0 + 16, y0 + 24, y0 + 36, y0 + 46):
        paper.line([(x0, y), (x1, y)], 0.2)
    paper.words((x0 + x1) / 2, y0 + 41, g.COMPANY, 4.0, bold=True)
    paper.words((x0 + x1) / 2, y0 + 30, "总平面布置图", 6.0, bold=True)
    cells = (("图号", "SF-ZT-001"), ("版次", "2"), ("专业", "总图"), ("日期", "2026.03"), ("设计", "陈 工"), ("审核", "林 工"))
    for k, (name, value) in enumerate(cells):
        x, y = x0 + (x1 - x0) / 2 * (k % 2), y0 + 20 - 8 * (k // 2)
        paper.words(x + 3, y, name, 2.6, GREY, anchor="start")
        paper.words(x + 16, y, value, 2.8, anchor="start")
    for x in (x0 + 13, x0 + (x1 - x0) / 2, x0 + (x1 - x0) / 2 + 13):
        paper.line([(x, y0), (x, y0 + 24)], 0.15)
