"""A site package as bytes: a folder or a .zip becomes a table of file name to content. Nothing is unpacked to disk.

Station side. Only the files of the package are read (site.toml, tables, layouts/); clips and anything else stay where they
are. Whatever the archive says of itself is checked before and while reading: names that lead outside, sizes, counts.
"""

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.domain.plant import Fault
from app.site.faults import quote

TABLES = ("site.toml", "tags.csv", "tags.xlsx", "tags.xls", "equipment.csv", "cameras.csv", "roster.csv")
LAYOUTS = "layouts/"
FOLDERS = (LAYOUTS, "forms/", "strapping/")
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one package may cost at most, in bytes and files."""

    file: int = 64 * _MEGABYTE
    total: int = 256 * _MEGABYTE
    files: int = 5000


def read_package(path: Path, faults: list[Fault], bounds: Bounds = Bounds()) -> dict[str, bytes] | None:
    """File name (with `/`) to content. None when there is no package at all; lesser faults leave a file out."""
    try:
        if path.is_dir():
            return _read_folder(path, faults, bounds)
        if path.is_file():
            return _read_zip(path, faults, bounds)
    except OSError as error:
        faults.append(Fault(path.name, 0, "", f"无法读取（{error.strerror or error}）", "请检查文件权限和磁盘"))
        return None
    faults.append(Fault(path.name, 0, "", "文件或文件夹不存在", "应为站点包的文件夹或 .zip 文件"))
    return None


def _belongs(name: str) -> bool:
    """Is this file of the package? Dot files and what Windows leaves behind are not."""
    if name in TABLES:
        return True
    parts = name.split("/")
    return len(parts) == 2 and name.startswith(FOLDERS) and not parts[1].startswith(".") and parts[1].lower() != "thumbs.db"


def _read_folder(path: Path, faults: list[Fault], bounds: Bounds) -> dict[str, bytes]:
    content: dict[str, bytes] = {}
    total = 0
    found = [
        file for folder in (path, *(path / name for name in FOLDERS)) if folder.is_dir() for file in sorted(folder.iterdir())
    ]
    for file in found:
        name = file.relative_to(path).as_posix()
        if not _belongs(name) or not file.is_file():
            continue
        if not _is_text(name):
            faults.append(Fault(ascii(name), 0, "", "文件名不是 UTF-8", "请改名"))
            continue
        try:
            size = file.stat().st_size
            if not _fits(name, size, total, len(content), bounds, faults):
                continue
            content[name] = file.read_bytes()
        except OSError as error:
            faults.append(
                Fault(name, 0, "", f"无法读取（{error.strerror or error}）", "请关闭正在打开它的程序，并检查文件权限")
            )
            continue
        total += size
    return content


def _is_text(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def _read_zip(path: Path, faults: list[Fault], bounds: Bounds) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_entries(archive, path.name, faults, bounds)
    except zipfile.BadZipFile:
        faults.append(Fault(path.name, 0, "", "不是完整的 .zip 文件", "应为站点包的文件夹或 .zip 文件"))
        return None


def _read_entries(archive: zipfile.ZipFile, file: str, faults: list[Fault], bounds: Bounds) -> dict[str, bytes] | None:
    entries = [info for info in archive.infolist() if not info.is_dir()]
    if len(entries) > bounds.files:
        faults.append(Fault(file, 0, "", f"压缩包里有 {len(entries)} 个文件", f"最多 {bounds.files} 个"))
        return None
    names = {}
    for info in entries:
        name = _entry_name(info)
        if _leads_outside(name):
            faults.append(Fault(file, 0, "", f"压缩包里的路径 {quote(name)} 指向包外", "应为包内的相对路径"))
        elif name in names:
            faults.append(Fault(file, 0, "", f"压缩包里有两个 {quote(name)}", "每个文件只能出现一次"))
        else:
            names[name] = info
    top = _top(list(names))
    content: dict[str, bytes] = {}
    total = 0
    for name, info in names.items():
        name = name.removeprefix(top)
        if not _belongs(name) or not _fits(name, info.file_size, total, len(content), bounds, faults):
            continue
        try:
            with archive.open(info) as stream:
                # the directory may lie about the size: never read more than it said
                data = stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            faults.append(Fault(name, 0, "", "在压缩包里已损坏或压缩方法不认识", "请重新打包（普通 .zip）"))
            continue
        except RuntimeError:
            faults.append(Fault(name, 0, "", "在压缩包里被加密", "请用不带密码的 .zip"))
            continue
        content[name] = data
        total += len(data)
    return content


def _entry_name(info: zipfile.ZipInfo) -> str:
    """Archives of Chinese Windows keep names in GBK without saying so; zipfile then reads them as code page 437."""
    name = info.orig_filename
    if not info.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/").removeprefix("./")


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or name[1:2] == ":" or ".." in PurePosixPath(name).parts or "\0" in name


def _top(names: list[str]) -> str:
    """The one folder everything lies in, when somebody zipped the folder and not its content."""
    if "site.toml" in names:
        return ""
    tops = [name.removesuffix("site.toml") for name in names if name.endswith("/site.toml") and name.count("/") == 1]
    return tops[0] if len(tops) == 1 else ""


def _fits(name: str, size: int, total: int, count: int, bounds: Bounds, faults: list[Fault]) -> bool:
    if size > bounds.file:
        faults.append(Fault(name, 0, "", f"文件有 {size} 字节", f"每个文件最多 {bounds.file} 字节"))
    elif total + size > bounds.total:
        faults.append(Fault(name, 0, "", f"到这个文件为止共 {total + size} 字节", f"整个站点包最多 {bounds.total} 字节"))
    elif count >= bounds.files:
        faults.append(Fault(name, 0, "", f"文件多于 {bounds.files} 个", f"最多 {bounds.files} 个"))
    else:
        return True
    return False
