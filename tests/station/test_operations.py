"""The five parts of the running of the system, told by a real station."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.domain.instant import DAY
from app.station.operations import note_backup
from drivers.base import LinkLost
from tests.pace import ENOUGH_S
from tests.station.rig import running


async def until(true: Callable[[], object], seconds: float = ENOUGH_S) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


async def told(rig) -> dict[str, dict]:
    answer = await rig.get("/operations")
    return {part["id"]: part for part in answer["parts"]}


def line(part: dict, name: str) -> dict:
    return next(one for one in part["lines"] if name in one["name"])


def certificate(days: float) -> bytes:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "t")])
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=400)).not_valid_after(now + timedelta(days=days, minutes=5))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


async def test_a_bad_sensor_and_a_lost_source_are_told_with_since_and_what_to_do(tmp_path) -> None:
    async with running(tmp_path) as rig:
        await until(lambda: rig.field["dcs"].sink)
        field, tags = rig.field["dcs"], rig.station.links["dcs"].slots
        field.say(tags[0].tag.tag, 1.0)
        field.fail(tags[1].tag.tag)
        parts = await told(rig)
        assert set(parts) == {"sensors", "cameras", "gateways", "network", "platform"}
        sensors = parts["sensors"]
        assert sensors["state"] == "bad" and sensors["count"]["ok"] == 1
        one = line(sensors, tags[1].tag.tag)
        assert (one["state"], one["said"]) == ("bad", "变送器故障") and one["todo"] and one["since"]
        assert sensors["lines"][0]["state"] == "bad"
        assert line(parts["gateways"], "dcs")["state"] in ("ok", "warn")
        field.refuse = LinkLost("对端关闭了连接")
        field.cut()
        await until(lambda: rig.station.links["dcs"].state == "down")
        parts = await told(rig)
        assert line(parts["gateways"], "dcs")["state"] == "bad"
        assert parts["network"]["state"] == "warn"  # one of two links to the same host


@pytest.mark.parametrize(("days", "state"), [(None, "warn"), (0, "ok"), (6, "ok"), (7, "warn"), (400, "warn")])
async def test_the_age_of_the_backup(tmp_path, days, state) -> None:
    async with running(tmp_path) as rig:
        if days is not None:
            note_backup(rig.station.given.data, rig.station.clock.now() - days * DAY)
        assert line((await told(rig))["platform"], "备份")["state"] == state


@pytest.mark.parametrize(("days", "state"), [(400, "ok"), (30, "ok"), (29, "warn"), (-1, "bad")])
async def test_a_certificate_that_runs_out(tmp_path, days, state) -> None:
    async with running(tmp_path) as rig:
        folder = rig.station.given.data / "pki" / "dcs"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.pem").write_bytes(certificate(days))
        platform = (await told(rig))["platform"]
        assert line(platform, "证书 pki/dcs/own.pem")["state"] == state
        assert (platform["state"] == "bad") == (state == "bad")


async def test_a_store_that_does_not_take_the_journal_is_bad(tmp_path) -> None:
    async with running(tmp_path) as rig:
        assert line((await told(rig))["platform"], "日志写入队列")["state"] == "ok"
        await until(lambda: not rig.station.writer.backlog)  # a write that goes well would take it back
        rig.station.writer.trouble = "磁盘已满"
        one = line((await told(rig))["platform"], "日志写入队列")
        assert (one["state"], one["said"]) == ("bad", "磁盘已满") and one["todo"]
        rig.station.writer.trouble = ""
