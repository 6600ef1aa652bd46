"""Attachments and paper of forms: by content, within the limit, hashed, printed as written, harmless in Excel."""

import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from app.station import printing
from app.station.attachments import clean_name, kind_of
from app.station.errors import NotAllowed
from app.station.sheets import safe
from tests.station.rig import Rig, a_site, running, tag, until
from tests.station.test_forms import ORDER

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
EVIL = '=HYPERLINK("http://x")'


async def an_order(rig: Rig, **more: Any) -> str:
    status, form = await rig.post("/forms/disposal_order", {"fields": ORDER | more}, "qian")
    assert status == 201
    path = f"/forms/disposal_order/{form['id']}"
    assert (await rig.post(f"{path}/sign"))[0] == 200
    return path


async def put(rig: Rig, path: str, content: bytes, name: str = "照片.png", user: str = "wang") -> Any:
    return await rig.raw("POST", f"{path}/attachments", user, content=content, params={"name": name})


async def test_a_file_is_kept_hashed_and_given_back(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        path = await an_order(rig)
        answer = await put(rig, path, PNG, "C:\\x\\现场 1.png")
        assert answer.status_code == 201
        [one] = answer.json()["attachments"]
        digest = hashlib.sha256(PNG).hexdigest()
        assert (one["name"], one["type"], one["size"], one["sha256"], one["by"]) == (
            "现场 1.png",
            "png",
            len(PNG),
            digest,
            "wang",
        )
        back = await rig.raw("GET", f"{path}/attachments/{one['file']}", "sun")
        assert back.content == PNG and back.headers["content-type"] == "image/png"
        assert "attachment" in back.headers["content-disposition"] and back.headers["x-content-type-options"] == "nosniff"
        assert digest in str([line["data"] for line in await rig.get("/journal", "zhao", kind="form")])
        answer = await rig.raw("PATCH", path, "wang", json={"fields": {"files": [one["file"]]}})
        assert answer.status_code == 200 and answer.json()["fields"]["files"] == [one["file"]]
        answer = await rig.raw("PATCH", path, "wang", json={"fields": {"files": ["0" * 64 + ".png"]}})
        assert answer.status_code == 422
        assert [file.name for file in (tmp_path / "attachments").iterdir()] == [one["file"]]


async def test_what_is_refused_says_the_limit_and_leaves_nothing(tmp_path: Path) -> None:
    site = a_site(tag("T1"), options={"handling": {"attachment_mb": 0.1}})
    async with running(tmp_path, site) as rig:
        path = await an_order(rig)

        async def slowly() -> Any:
            for _ in range(30):
                yield PNG * 20

        large = await put(rig, path, PNG + bytes(200_000))
        chunked = await rig.raw("POST", f"{path}/attachments", content=slowly(), params={"name": "x.png"})
        for answer in (large, chunked):
            assert answer.status_code == 413 and "0.1 MB" in answer.json()["error"]["message"]
        for content in (b"MZ\x90\x00\x03" + bytes(50), b"\x7fELF\x02\x01\x01\x00", b""):
            answer = await put(rig, path, content, "photo.jpg")
            assert answer.status_code == 422 and answer.json()["error"]["code"] == "bad_attachment"
        assert "jpg png pdf" in (await put(rig, path, b"MZ\x00")).json()["error"]["message"]
        assert (await put(rig, path, PNG, user="sun")).status_code == 403
        folder = tmp_path / "attachments"
        assert not list(folder.iterdir()) and (await rig.get(path))["attachments"] == []

        async def journalled() -> Any:
            codes = [line["data"]["code"] for line in await rig.get("/journal", "zhao", kind="command")]
            return {"too_large", "bad_attachment", "forbidden"} <= set(codes)

        await until(journalled, "refusals in the journal")


async def test_larger_than_other_calls_may_be(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        path = await an_order(rig)
        assert (await put(rig, path, PNG + bytes(5_000_000))).status_code == 201
        large = await put(rig, path, PNG + bytes(25_000_000))
        assert large.status_code == 413 and "20 MB" in large.json()["error"]["message"]


async def test_a_changed_or_lost_file_is_not_given_out(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        path = await an_order(rig)
        file = (await put(rig, path, PNG)).json()["attachments"][0]["file"]
        place = tmp_path / "attachments" / file
        place.write_bytes(PNG + b"!")
        answer = await rig.raw("GET", f"{path}/attachments/{file}")
        assert answer.status_code == 409 and "校验和" in answer.json()["error"]["message"]
        place.unlink()
        assert (await rig.raw("GET", f"{path}/attachments/{file}")).status_code == 404
        assert (await rig.raw("GET", f"{path}/attachments/..%2Fstation.db")).status_code == 404


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


def book() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (PNG, "png"),
        (b"%PDF-1.7", "pdf"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        ("现场记录\n二号泵".encode(), "txt"),
        ("现场记录".encode("gb18030"), "txt"),
        (archive("a.txt"), "zip"),
        (book(), "xlsx"),
        (archive("[Content_Types].xml", "word/document.xml"), "docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), None),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), None),
        (b"PK\x03\x04 broken", None),
        (b"\x00\x01\x02", None),
        (b"GIF89a\x01\x00", None),
    ],
)
def test_a_file_is_what_its_content_says(tmp_path: Path, content: bytes, kind: str | None) -> None:
    (tmp_path / "x").write_bytes(content)
    assert kind_of(tmp_path / "x") == kind


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("..", "附件"),
        ("\x00", "_"),
        ("现场.jpg", "现场.jpg"),
    ],
)
def test_names_are_names(name: str, kept: str) -> None:
    assert clean_name(name) == kept


async def test_paper_and_excel_say_the_same(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        path = await an_order(rig, content='#import "x.typ" $a$ *粗* 液位高高报', demand=EVIL)
        pdf = await rig.raw("GET", f"{path}.pdf", "sun")
        assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF-") and len(pdf.content) > 10_000
        xlsx = await rig.raw("GET", f"{path}.xlsx", "sun")
        sheet = load_workbook(io.BytesIO(xlsx.content)).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        texts = [cell.value for cell in cells]
        assert f"'{EVIL}" in texts and not any(cell.data_type == "f" for cell in cells)
        for text in ("红 重大", "未反馈", "区应急局", "签收", "2026-11-21 10:40:00"):
            assert text in texts, text


def test_markup_in_a_note_is_printed_as_it_was_written() -> None:
    """Whatever people write: it compiles, and it changes nothing but the page it stands on."""
    empty: list[Any] = []
    plain = {"site": "厂", "title": "单", "number": "1", "basis": "", "printed": "", "head": empty, "attachments": empty}
    plain["signatures"] = empty
    for text in ('#panic("x")', "$", "*", "```", '"', "\\", "#sys.inputs.data", "]", "a\nb\n\nc", "行" * 3000):
        row = {"title": text[:20], "value": text, "wide": True}
        data = plain | {
            "subtitle": text,
            "groups": [{"title": text[:20], "rows": [row], "tables": []}],
            "history": [(text,) * 4],
        }
        assert printing.render("form", data).startswith(b"%PDF-")


def test_without_a_chinese_font_there_is_a_sentence_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    fonts, _ = printing._fonts()
    monkeypatch.setattr(printing, "_fonts", lambda: (fonts, ()))
    with pytest.raises(NotAllowed, match="中文字体"):
        printing.render("form", {})


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert safe(text)[0] == "'"


def test_numbers_stay_numbers() -> None:
    assert [safe(value) for value in (1, -2.5, True, None, "1")] == [1, -2.5, True, None, "1"]
