"""Certificates of this driver: our own, made once, and the servers', pinned at first use. Station side; files in `ctx.pki`.

own.pem               our private key and certificate (readable by the station's account only)
own.der               the certificate alone, to be carried to the server and trusted there
servers/SOURCE.der    the certificate a source showed first; a different one is refused until somebody deletes this file
"""

import datetime as dt
import hashlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.instant import Instant, to_datetime
from drivers.base import SourceMisconfigured

_YEARS = 20
"""Nobody renews certificates in a control room; a desk that goes blind on an expiry date is the greater risk."""


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """`uri`: the ApplicationUri the certificate names; a server refuses a session that claims another."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    uri: str
    file: Path

    @property
    def thumbprint(self) -> str:
        return thumbprint(self.certificate.public_bytes(serialization.Encoding.DER))


def thumbprint(der: bytes) -> str:
    """SHA-1 in hex, as the servers' own tools show it."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def own_identity(pki: Path, now: Instant) -> OwnIdentity:
    """The station's certificate, made when there is none. Two drivers that start at once get the same one.

    Raises SourceMisconfigured when the folder cannot be used or the file is damaged.
    """
    file = pki / "own.pem"
    try:
        if not file.exists():
            _make(file, now)
        content = file.read_bytes()
        key = serialization.load_pem_private_key(content, password=None)
        certificate = x509.load_pem_x509_certificate(content)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri, *_) = names.get_values_for_type(x509.UniformResourceIdentifier)
    except OSError as error:
        raise SourceMisconfigured(f"证书文件夹不可用（{error.strerror}）：{error.filename}；请检查权限和磁盘空间") from None
    except (ValueError, x509.ExtensionNotFound):
        raise SourceMisconfigured(f"本站证书文件损坏：{file}；请删除它，下次连接时会重新生成（须在服务器上重新信任）") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SourceMisconfigured(f"本站证书不是 RSA 证书：{file}；请删除它，下次连接时会重新生成")
    return OwnIdentity(certificate, key, uri, file.with_suffix(".der"))


def _make(file: Path, now: Instant) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    host = socket.gethostname()
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "HazWatch"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, host[:64])]
    )
    start = to_datetime(now) - dt.timedelta(days=2)  # the server's clock may be behind ours
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=365 * _YEARS))
        .add_extension(
            x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"urn:{host}:hazwatch:station"), x509.DNSName(host)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            # What OPC 10000-6 table 36 asks of an application instance certificate; keyCertSign because it signs itself.
            x509.KeyUsage(True, True, True, True, False, True, False, False, False),
            critical=True,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    draft = file.with_name(f".own.{os.getpid()}.{certificate.serial_number:x}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    try:
        # A link, not a rename: the first one wins, a loser must not replace a certificate already in use.
        os.link(draft, file)
        file.with_suffix(".der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    except FileExistsError:
        return
    finally:
        draft.unlink()


class ServerPin:
    """The certificate one source is known by."""

    def __init__(self, pki: Path, source: str, trust: str = "") -> None:
        self._file = pki / "servers" / f"{quote(source, safe='')}.der"
        self._trust = trust.lower()

    def check(self, der: bytes) -> None:
        """Raises SourceMisconfigured when `der` is not the certificate this source is known by."""
        shown = thumbprint(der)
        if self._trust:
            accepted = (shown.lower(), hashlib.sha256(der).hexdigest())
            if self._trust not in accepted:
                raise SourceMisconfigured(
                    f"服务器证书与配置的指纹不符：配置 trust = {self._trust.upper()}，"
                    f"服务器出示 {shown}(SHA-256 {accepted[1].upper()})。"
                    "请到服务器上核对证书指纹；若确已换证，改正 trust"
                )
            return
        try:
            known = self._file.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise SourceMisconfigured(f"读不出已信任的服务器证书（{error.strerror}）：{self._file}") from None
        if known != der:
            raise SourceMisconfigured(
                f"服务器证书变了：原来信任的指纹 {thumbprint(known)}，现在出示的指纹 {shown}。"
                f"可能有人冒充服务器；请到服务器上核对指纹，若确已换证，删除 {self._file} 后重连"
            )

    def remember(self, der: bytes) -> None:
        """Pins `der` if nothing is pinned. Call it once the server has proved that it holds the key."""
        if self._trust or self._file.exists():
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_suffix(".new")
            draft.write_bytes(der)
            os.replace(draft, self._file)
        except OSError as error:
            raise SourceMisconfigured(f"存不下服务器证书（{error.strerror}）：{self._file}；请检查权限和磁盘空间") from None
