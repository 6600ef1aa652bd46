"""Backup into one file and restore from it, for stations on SQLite. Station side; runs beside a working station.

The file is a ZIP: `manifest.json` (format, SHA-256 of the others), `station.db`, `history.db`, `secrets` and its key, and the
files put to forms under `attachments/`. It holds the key of the secrets in the clear, else it would be of no use on a new
machine: keep it as carefully as the passwords.
Certificates and clips are not in it.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from app.disk import sync_folder
from app.store.errors import known
from app.store.files import write_safely
from app.store.keyfile import unwrapped, wrapped
from app.store.ports import StoreUnavailable

FORMAT = 2
READABLE = (1, 2)  # 1 had no attachments
ATTACHMENTS = "attachments/"
_DATABASES = ("station.db", "history.db")
_NAMES = (*_DATABASES, "secrets", "secrets.key")
_PIECE = 1 << 20


def write_backup(data: Path, file: Path) -> None:
    """Each database as of one moment. Raises StoreUnavailable; then `file` is not there."""
    if file.exists():
        raise StoreUnavailable(f"{file} 已经存在；备份不会覆盖已有文件，请换一个文件名")
    with known(str(file)):
        folder = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
        try:
            for name in _DATABASES:
                if (data / name).exists():
                    _copy_database(data / name, folder / name)
            if (data / "secrets.key").exists():
                key = unwrapped((data / "secrets.key").read_bytes(), "secrets.key")
                (folder / "secrets.key").write_bytes(key)
            if (data / "secrets").exists():
                shutil.copyfile(data / "secrets", folder / "secrets")
            # After the database: whatever its forms name is among them. They are never changed, so they are packed in place.
            _pack(folder, data, folder / "backup.zip")
            os.replace(folder / "backup.zip", file)
            sync_folder(file.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def restore_backup(file: Path, data: Path) -> None:
    """Into a new or empty folder. Raises StoreUnavailable; then `data` is as it was."""
    with known(str(data)):
        if data.exists() and any(data.iterdir()):
            raise StoreUnavailable(f"数据目录 {data} 不是空的；恢复不会覆盖已有数据，请换一个空目录")
        made = not data.exists()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        placed: list[Path] = []
        try:
            _unpack(file, data, placed)
            sync_folder(data)
        except BaseException:
            for one in placed:
                one.unlink(missing_ok=True)
            if (data / ATTACHMENTS).is_dir():
                (data / ATTACHMENTS).rmdir()
            if made:
                data.rmdir()
            raise


def _copy_database(source: Path, target: Path) -> None:
    # all pages in one step: a step by step copy starts again whenever the station writes
    with closing(sqlite3.connect(source, timeout=10)) as origin, closing(sqlite3.connect(target)) as copy:
        origin.backup(copy)
        if (found := copy.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise StoreUnavailable(f"{source}：数据库文件已损坏，没有备份：{found}")
        copy.execute("PRAGMA journal_mode=DELETE")


def _pack(folder: Path, data: Path, target: Path) -> None:
    with open(target, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            hashes = {}
            for name in _NAMES:
                if (folder / name).exists():
                    hashes[name] = _sha256(folder / name)
                    archive.write(folder / name, name)
                    (folder / name).unlink()
            for place in _attachments(data):
                name = ATTACHMENTS + place.name
                hashes[name] = _sha256(place)
                archive.write(place, name, zipfile.ZIP_STORED)
            archive.writestr("manifest.json", json.dumps({"format": FORMAT, "sha256": hashes}, indent=1))
        out.flush()
        os.fsync(out.fileno())


def _unpack(file: Path, data: Path, placed: list[Path]) -> None:
    damaged = f"{file} 不是 HazWatch 的备份文件，或者已损坏"
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["format"] not in READABLE:
                raise StoreUnavailable(f"{file} 由更新版本的程序写成；请用新版程序恢复")
            for name, expected in manifest["sha256"].items():
                if name not in _NAMES and not _is_attachment(name):
                    raise StoreUnavailable(f"{damaged}：里面有不认识的文件 {name!r}")
                place = data / name
                place.parent.mkdir(mode=0o700, exist_ok=True)
                placed.append(place)
                if name == "secrets.key":
                    content = archive.read(name)
                    write_safely(place, wrapped(content))
                    found = hashlib.sha256(content).hexdigest()
                else:
                    found = _extract(archive, name, place)
                if found != expected:
                    raise StoreUnavailable(f"{damaged}: {name} 的校验和不符")
    except FileNotFoundError as error:
        raise StoreUnavailable(f"没有备份文件 {file}") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, AttributeError, EOFError) as error:
        raise StoreUnavailable(damaged) from error


def _attachments(data: Path) -> list[Path]:
    folder = data / ATTACHMENTS
    return sorted(one for one in folder.iterdir() if _is_attachment(ATTACHMENTS + one.name)) if folder.is_dir() else []


def _is_attachment(name: str) -> bool:
    """A whole one; what is just coming in has another name."""
    return re.fullmatch(r"attachments/[0-9a-f]{64}\.[a-z0-9]{1,8}", name, re.ASCII) is not None


def _extract(archive: zipfile.ZipFile, name: str, place: Path) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with archive.open(name) as source, os.fdopen(descriptor, "wb") as out:
        while piece := source.read(_PIECE):
            digest.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
