"""TLS for everything beyond loopback: the station's own certificate, made at the first start. Station side.

There is no authority on an isolated network: consoles show the SHA-256 thumbprint once and pin it. Plain HTTP is served on
loopback only.
"""

import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.instant import Instant, to_datetime

YEARS = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    certificate: Path
    key: Path
    thumbprint: str  # SHA-256 of the DER, upper-case hex pairs with colons


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_certificate(folder: Path, host: str, now: Instant) -> Certificate:
    """The certificate in `folder`, made when there is none. Raises OSError, ValueError for a damaged one."""
    certificate, key = folder / "station.crt", folder / "station.key"
    if not (certificate.exists() and key.exists()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make(certificate, key, host, now)
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    return Certificate(certificate, key, made.fingerprint(hashes.SHA256()).hex(":").upper())


def _make(certificate: Path, key: Path, host: str, now: Instant) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = socket.gethostname()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"HazWatch {name}"[:64])])
    begin = to_datetime(now) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=366 * YEARS))
        .add_extension(x509.SubjectAlternativeName(_names(name, host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    # The key first: a certificate without its key would be taken for a complete pair.
    _write(key, pem, 0o600)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM), 0o644)


def _names(name: str, host: str) -> list[x509.GeneralName]:
    """Every name and address by which a console may reach this machine."""
    texts = {"localhost", "127.0.0.1", "::1", name, socket.getfqdn(), host}
    for about in (name, host):
        try:
            texts |= {str(info[4][0]).partition("%")[0] for info in socket.getaddrinfo(about, None)}
        except OSError:
            continue  # a machine that does not know its own name is common; the thumbprint is what counts
    names: list[x509.GeneralName] = []
    for text in sorted(texts - {"", "0.0.0.0", "::"}):
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(text)))
        except ValueError:
            if text.isascii():
                names.append(x509.DNSName(text))
    return names


def _write(file: Path, data: bytes, mode: int) -> None:
    part = file.with_suffix(file.suffix + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
