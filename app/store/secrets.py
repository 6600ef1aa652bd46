"""Named secrets (passwords of devices and servers), encrypted in the file `secrets` of the data folder. Station side.

Each call reads the file: a secret set by the command line beside a running station counts at once.
"""

import json
import threading
from collections.abc import Iterable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from app.store.errors import known
from app.store.files import write_safely
from app.store.keyfile import make_key, unwrapped
from app.store.lock import held
from app.store.ports import StoreUnavailable


class StationSecrets:
    """Fills `ports.Secrets`. Raises StoreUnavailable when the file or its key cannot be read."""

    def __init__(self, data: Path) -> None:
        self._file = data / "secrets"
        self._key_file = data / "secrets.key"
        self._lock_file = data / "secrets.lock"
        self._turn = threading.Lock()

    def get(self, name: str) -> str:
        return self._read()[name]

    def set(self, name: str, value: str) -> None:
        with self._turn, known(str(self._file)), held(self._lock_file):
            self._write(self._read() | {name: value})

    def delete(self, name: str) -> None:
        """Raises KeyError."""
        with self._turn, known(str(self._file)), held(self._lock_file):
            secrets = self._read()
            del secrets[name]
            self._write(secrets)

    def names(self) -> Iterable[str]:
        return sorted(self._read())

    def _read(self) -> dict[str, str]:
        with known(str(self._file)):
            if not self._file.exists():
                return {}
            try:
                text = self._cipher().decrypt(self._file.read_bytes())
            except (InvalidToken, ValueError) as error:
                raise StoreUnavailable(
                    f"{self._file}：密码库打不开，文件已损坏或密钥不对；请用备份恢复，或重新录入密码"
                ) from error
        secrets: dict[str, str] = json.loads(text)
        return secrets

    def _write(self, secrets: dict[str, str]) -> None:
        if not self._key_file.exists():
            make_key(self._key_file)
        write_safely(self._file, self._cipher().encrypt(json.dumps(secrets).encode("ascii")))

    def _cipher(self) -> Fernet:
        # a missing key is never made anew here: that would lock away what the old one had locked
        if not self._key_file.exists():
            raise StoreUnavailable(f"{self._key_file}：密钥文件不见了，密码库无法打开；请用备份恢复，或重新录入密码")
        return Fernet(unwrapped(self._key_file.read_bytes(), str(self._key_file)))
