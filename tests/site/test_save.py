"""What is written reads back equal: for any site, in every form a package can take."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.plant import Camera, Equipment, EquipmentStatus, EquipmentType, Fault, Site, Source
from app.domain.site_json import site_from_dict, site_to_dict
from app.domain.tag import DataType, Kind, Limits, Priority, Tag, WordOrder
from app.site import load_site, save_site
from app.site.columns import CAMERA_KINDS, CAMERA_NVRS
from app.site.faults import SiteFaults
from app.site.layouts import layout_of
from app.site.load import _site_of
from app.site.save import package_of
from tests.site.packages import CHINESE, LAYOUT, SVG, make_package

# what a cell can hold: no control characters but the line feed, no surrogates, no blanks at the ends
_letters = st.characters(exclude_categories=("Cs", "Cc", "Cn")) | st.sampled_from("\n=#,;\"'@是甲")
text = st.text(_letters, max_size=12).map(str.strip)
name = text.filter(bool)
number = st.floats(allow_nan=False, allow_infinity=False)
seconds = st.floats(0, 86_400)
key = name.map("x_".__add__)
toml_value = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | number
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
    | st.dates()
    | st.datetimes()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(name, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    values = sorted(draw(st.lists(number, min_size=4, max_size=4, unique=True)))
    return Limits(*(draw(st.sampled_from([value, None])) for value in values))


def extras(draw: st.DrawFn, names: list[str]) -> dict[str, str]:
    return {one: draw(text) for one in names}


def unique(draw: st.DrawFn, of: st.SearchStrategy[str] = name) -> list[str]:
    return draw(st.lists(of, max_size=3, unique=True))


extra_names = st.lists(name.map("自定义".__add__), max_size=2, unique=True)
code = name.filter(lambda one: ";" not in one and "；" not in one)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    equipment_extra, camera_extra, tag_extra = draw(extra_names), draw(extra_names), draw(extra_names)
    equipment = [
        Equipment(
            one, draw(text), draw(st.sampled_from(EquipmentType)), draw(text), f"源{one}", draw(st.none() | st.integers(1, 4)),
            draw(text), draw(text), draw(st.none() | st.floats(0, 1e9)), draw(st.sampled_from(EquipmentStatus)), draw(text),
            extras(draw, equipment_extra),
        )
        for one in unique(draw, code)
    ]  # fmt: skip
    some_equipment = st.lists(st.sampled_from([one.equipment for one in equipment] or ["无"]), max_size=2 if equipment else 0)
    cameras = [
        Camera(
            one, draw(text), "rtsp://10.0.0.1/1", draw(st.sampled_from(["", "file://a/b.mp4"])), draw(text),
            draw(st.sampled_from(CAMERA_NVRS)), draw(text), tuple(draw(some_equipment)), draw(st.sampled_from(CAMERA_KINDS)),
            extras(draw, camera_extra),
        )
        for one in unique(draw, code)
    ]  # fmt: skip
    some_cameras = st.lists(st.sampled_from([one.camera for one in cameras] or ["无"]), max_size=2 if cameras else 0)
    sources = (
        Source("dcs", "opcua", "opc.tcp://a:4840", draw(st.sampled_from(["none", "basic256sha256_sign"])), "甲", "密",
               draw(st.integers(0, 255)), draw(st.floats(0.01, 1000)), draw(st.dictionaries(key, toml_value, max_size=2))),
        Source("gds", "modbus_tcp", "tcp://a:502"),
    )  # fmt: skip
    tags = [
        Tag(
            one, draw(text), draw(st.sampled_from(["", *(one.equipment for one in equipment)])), draw(st.sampled_from(Kind)),
            draw(text), draw(st.none() | st.just(-1.7976931348623157e308)), None, draw(st.integers(0, 9)), "dcs", f"i={index}",
            draw(st.sampled_from([kind for kind in DataType if kind is not DataType.BOOL])), draw(st.sampled_from(WordOrder)),
            draw(number.filter(bool)), draw(number), draw(st.none() | st.floats(0.001, 10)),
            draw(st.none() | st.floats(1000, 80_000)), draw(limits()), 0.0, draw(seconds), draw(seconds), None,
            *(draw(st.sampled_from(Priority)) for _ in range(4)), draw(st.booleans()), draw(text), tuple(draw(some_cameras)),
            extras(draw, tag_extra),
        )
        for index, one in enumerate(unique(draw, name.filter(lambda one: not one.startswith("@"))))
    ]  # fmt: skip
    raw = {**LAYOUT, "title": draw(text), draw(key): draw(text)}
    raw["items"] = [
        {"id": one, "type": "tank.sphere", "x": draw(number), "y": draw(st.integers(-999, 999)), "label": draw(text),
         "bind": {draw(name): tag.tag for tag in tags}, draw(key): [1, 2.5, {"a": None}]}
        for one in unique(draw)
    ]  # fmt: skip
    options = draw(st.dictionaries(key, toml_value, max_size=2))
    if draw(st.booleans()):
        options["site"] = {"phone": draw(text)}
    return Site(
        draw(name), draw(name), "Asia/Shanghai", sources, tuple(tags), tuple(equipment), tuple(cameras),
        (layout_of(raw),), {"tankfarm-a.svg": SVG, "总图.png": b"\x89PNG\r\n\x1a\n" + draw(st.binary(max_size=20))}, options,
    )  # fmt: skip


def read_back(content: dict[str, bytes]) -> Site:
    faults: list[Fault] = []
    site = _site_of(content, faults)
    assert not faults, "\n".join(map(str, faults))
    assert site is not None
    return site


@given(
    sites(),
    st.sampled_from(["tags.csv", "tags.xlsx"]),
    st.sampled_from(["utf-8-sig", "gb18030"]),
    st.sampled_from(["en", "zh"]),
)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_site_reads_back_equal(site: Site, tags: str, encoding: str, headers: Any) -> None:
    content = package_of(site, tags, encoding, headers)
    back = read_back(content)
    assert back == site
    assert [list(tag.extra) for tag in back.tags] == [list(tag.extra) for tag in site.tags]
    assert package_of(back, tags, encoding, headers) == content or tags == "tags.xlsx"  # a workbook holds its own date
    assert site_from_dict(site_to_dict(back)) == site


@pytest.mark.parametrize("tags", ["tags.csv", "tags.xlsx"])
@pytest.mark.parametrize(
    "hard", ["=A1", "#N/A", "'1", "00123", "1-2", "TRUE", "_x0041_", "a\nb", '"', "x\u2028y", "1e5", "40101.10"]
)
def test_texts_that_spreadsheets_like_to_change(hard: str, tags: str) -> None:
    tag = Tag(hard, name=hard, source="dcs", address="i=1", guidance=hard, extra={"备注": hard})
    site = Site("1", "甲", sources=(Source("dcs", "opcua", "opc.tcp://a:4840"),), tags=(tag,))
    assert read_back(package_of(site, tags)) == site


@pytest.mark.parametrize("hard", ["\x00\x7f\x1f", '"""\\', "\r\n", "# x = 1", "\u2028"])
def test_texts_that_toml_likes_to_change(hard: str) -> None:
    source = Source("dcs", "opcua", "opc.tcp://a:4840", options={"x": hard, hard + "k": [{hard: 1.0}]})
    site = Site("1", "甲", sources=(source,), options={"site": {"x": hard}, "t": {"a.b": {hard: [hard]}}})
    assert read_back(package_of(site)) == site


@pytest.mark.parametrize("form", ["folder", "site.zip"])
@pytest.mark.parametrize("tags", ["tags.csv", "tags.xlsx"])
def test_written_and_read_from_disk(tmp_path: Path, form: str, tags: str) -> None:
    site = load_site(make_package(tmp_path / "first"))
    save_site(site, tmp_path / form, tags)
    assert load_site(tmp_path / form) == site
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(["first", form])


def test_a_display_is_written_as_it_was(tmp_path: Path) -> None:
    path = make_package(tmp_path / "first")
    save_site(load_site(path), tmp_path / "second")
    written = (tmp_path / "second/layouts/tankfarm-a.json").read_text(encoding="utf-8")
    before = (path / "layouts/tankfarm-a.json").read_text(encoding="utf-8")
    items = [[line.strip().rstrip("]},") for line in text.splitlines() if '"type"' in line] for text in (before, written)]
    assert items[0] == items[1]
    assert len(items[0]) == len(LAYOUT["items"])


def test_a_display_changed_in_a_program_is_written_as_changed() -> None:
    layout = layout_of(LAYOUT)
    items = (replace(layout.items[0], x=99.5), *layout.items[1:])
    site = Site("1", "甲", layouts=(replace(layout, title="新标题", items=items),), pictures={"tankfarm-a.svg": SVG})
    back = layout_of(json.loads(package_of(site)["layouts/tankfarm-a.json"]))
    assert (back.title, back.items[0].x, back.items[2].options) == ("新标题", 99.5, layout.items[2].options)
    assert back.raw["drawn_by"] == "李工"


def test_chinese_headers_and_rows_in_their_order(tmp_path: Path) -> None:
    site = load_site(make_package(tmp_path / "p"))
    rows = list(csv.reader(io.StringIO(package_of(site, headers="zh")["tags.csv"].decode("utf-8-sig"))))
    assert rows[0] == [*CHINESE["tags"].values(), "备注"]
    assert [row[0] for row in rows[1:]] == [tag.tag for tag in site.tags]


def test_the_same_site_is_the_same_archive(tmp_path: Path) -> None:
    site = load_site(make_package(tmp_path / "p"))
    for file in ("a.zip", "b.zip"):
        save_site(site, tmp_path / file)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_folder_with_content_is_refused_and_left_alone(tmp_path: Path) -> None:
    site = load_site(make_package(tmp_path / "p"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    save_site(site, tmp_path / "empty")
    with pytest.raises(FileExistsError, match="已有内容"):
        save_site(site, tmp_path / "full")
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["notes.txt"]


def test_a_failed_write_leaves_the_old_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = load_site(make_package(tmp_path / "p"))
    save_site(site, tmp_path / "a.zip")

    def disk_full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", disk_full)
    with pytest.raises(OSError, match="No space"):
        save_site(replace(site, name="别的"), tmp_path / "a.zip")
    assert load_site(tmp_path / "a.zip") == site
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.zip", "p"]


@pytest.mark.parametrize(
    ("site", "says"),
    [
        (Site("1", "甲", tags=(Tag("A", guidance="字" * 40_000),)), "Excel 单元格最多"),
        (Site("1", "甲", pictures={"../x.svg": SVG}), "不能作文件名"),
        (Site("1", "甲", options={"x": None}), "不能保存"),
    ],
)
def test_what_cannot_be_written_is_said(site: Site, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        package_of(site, "tags.xlsx")


def test_faults_carry_a_readable_summary(tmp_path: Path) -> None:
    with pytest.raises(SiteFaults, match="站点包有 1 处错误：nothing:0:"):
        load_site(tmp_path / "nothing")
