"""Our certificate is made once; the server's is pinned."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509

from app.domain.instant import DAY, from_rfc3339, to_datetime
from drivers.base import SourceMisconfigured
from drivers.opcua.pki import ServerPin, own_identity, thumbprint

NOW = from_rfc3339("2026-11-21T02:40:00Z")
OLD, NEW = b"old certificate", b"new certificate"


def test_made_once_and_names_its_uri(tmp_path: Path) -> None:
    first = own_identity(tmp_path / "pki", NOW)
    names = first.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [first.uri]
    assert first.certificate.not_valid_before_utc < to_datetime(NOW)
    assert first.certificate.not_valid_after_utc > to_datetime(NOW + 19 * 365 * DAY)
    assert own_identity(tmp_path / "pki", NOW + DAY).thumbprint == first.thumbprint
    assert thumbprint(first.file.read_bytes()) == first.thumbprint
    assert (tmp_path / "pki/own.pem").stat().st_mode & 0o077 == 0
    assert sorted(p.name for p in (tmp_path / "pki").iterdir()) == ["own.der", "own.pem"]


def test_two_drivers_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: own_identity(tmp_path, NOW).thumbprint, range(4)))
    assert len(set(made)) == 1


def test_a_damaged_file_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "own.pem").write_text("rubbish")
    with pytest.raises(SourceMisconfigured, match="损坏"):
        own_identity(tmp_path, NOW)
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(SourceMisconfigured, match="证书文件夹不可用"):
        own_identity(tmp_path / "taken", NOW)


def test_first_certificate_is_kept_and_another_refused_with_both_thumbprints(tmp_path: Path) -> None:
    pin = ServerPin(tmp_path, "dcs/1")
    pin.check(NEW)  # nothing known yet
    pin.remember(OLD)
    pin.check(OLD)
    pin.remember(NEW)  # does not replace
    with pytest.raises(SourceMisconfigured) as refused:
        ServerPin(tmp_path, "dcs/1").check(NEW)
    assert thumbprint(OLD) in str(refused.value)
    assert thumbprint(NEW) in str(refused.value)
    ServerPin(tmp_path, "another source").check(NEW)


@pytest.mark.parametrize("made", [thumbprint(OLD).lower(), hashlib.sha256(OLD).hexdigest()])
def test_a_configured_thumbprint_decides_alone(tmp_path: Path, made: str) -> None:
    pin = ServerPin(tmp_path, "dcs", made)
    pin.check(OLD)
    pin.remember(OLD)
    assert not (tmp_path / "servers").exists()
    with pytest.raises(SourceMisconfigured) as refused:
        pin.check(NEW)
    assert made.upper() in str(refused.value)
    assert thumbprint(NEW) in str(refused.value)
