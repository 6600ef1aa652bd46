"""Versions of the whole configuration: every one is kept, none is overwritten. Station side."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, insert, select

from app.domain.instant import Instant
from app.domain.plant import Site
from app.domain.site_json import site_from_dict, site_pieces, tag_from_dict
from app.domain.tag import Tag
from app.store.database import Database
from app.store.rows import ConfigVersion
from app.store.tables import config
from app.store.texts import clean

_about = (config.c.version, config.c.time, config.c.by, config.c.why, config.c.digest)


class StationConfig:
    """Fills `ports.ConfigStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> tuple[ConfigVersion, Site] | None:
        with self._database.read() as connection:
            row = connection.execute(select(*_about, config.c.body).order_by(config.c.version.desc()).limit(1)).one_or_none()
        return None if row is None else (_version(row), _site(row.body))

    def get(self, version: int) -> Site:
        """Raises KeyError."""
        with self._database.read() as connection:
            body = connection.scalar(select(config.c.body).where(config.c.version == version))
        if body is None:
            raise KeyError(version)
        return _site(body)

    def save(self, site: Site, by: str, why: str, now: Instant) -> ConfigVersion:
        """The same configuration as the current one makes no new version; an older one saved again does (a way back)."""
        text = "".join(site_pieces(site)).encode("ascii")
        digest = hashlib.sha256(text).hexdigest()
        body = zlib.compress(text)
        with self._database.write() as connection:
            row = connection.execute(select(*_about).order_by(config.c.version.desc()).limit(1)).one_or_none()
            if row is not None and row.digest == digest:
                return _version(row)
            made = ConfigVersion(1 if row is None else row.version + 1, now, clean(by), clean(why), digest)
            connection.execute(
                insert(config).values(
                    version=made.version, time=made.time, by=made.by, why=made.why, digest=made.digest, body=body
                )
            )
        return made

    def versions(self) -> Sequence[ConfigVersion]:
        """Oldest first."""
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(select(*_about).order_by(config.c.version))]

    def tag(self, version: int, name: str) -> Tag | None:
        """Raises KeyError. Twenty thousand tags: only the one asked for becomes more than bytes."""
        with self._database.read() as connection:
            body = connection.scalar(select(config.c.body).where(config.c.version == version))
        if body is None:
            raise KeyError(version)
        wanted = json.dumps(name).encode("ascii")
        for raw in msgspec.json.decode(zlib.decompress(body), type=_Rows).tags:
            if wanted in bytes(raw):
                row = json.loads(bytes(raw))
                if row["tag"] == name:
                    return tag_from_dict(row)
        return None


class _Rows(msgspec.Struct):
    tags: list[msgspec.Raw] = []


def _version(row: Row[*tuple[Any, ...]]) -> ConfigVersion:
    return ConfigVersion(row.version, row.time, row.by, row.why, row.digest)


def _site(body: bytes) -> Site:
    return site_from_dict(json.loads(zlib.decompress(body)))
