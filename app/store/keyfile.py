"""The key of the secret store: a file of its own, readable by the station's account only. Station side.

Under Windows the key is wrapped by DPAPI, so that the file is worth nothing on another machine or under another account. The
Windows half is untested.
"""

import base64
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from app.store.files import write_safely
from app.store.ports import StoreUnavailable

_PLAIN = "plain:"
_DPAPI = "dpapi:"


def make_key(file: Path) -> bytes:
    key = Fernet.generate_key()
    write_safely(file, wrapped(key))
    return key


def wrapped(key: bytes) -> bytes:
    """`key` as it stands in the file of this machine."""
    if sys.platform == "win32":
        return f"{_DPAPI}{base64.b64encode(_dpapi(key, 'CryptProtectData')).decode('ascii')}\n".encode("ascii")
    return f"{_PLAIN}{key.decode('ascii')}\n".encode("ascii")


def unwrapped(content: bytes, name: str) -> bytes:
    """The inverse of `wrapped`. Raises StoreUnavailable when it is no key, or the key of another Windows account."""
    text = content.decode("ascii", "replace").strip()
    if text.startswith(_PLAIN):
        return text.removeprefix(_PLAIN).encode("ascii", "replace")
    if text.startswith(_DPAPI) and sys.platform == "win32":
        return _dpapi(base64.b64decode(text.removeprefix(_DPAPI)), "CryptUnprotectData")
    if text.startswith(_DPAPI):
        raise StoreUnavailable(f"{name}：这个密钥只能在原来的 Windows 电脑上使用；请用备份恢复，或重新录入密码")
    raise StoreUnavailable(f"{name}：密钥文件已损坏；请用备份恢复")


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Blob(ctypes.Structure):
        _fields_ = (("size", wintypes.DWORD), ("data", ctypes.POINTER(ctypes.c_char)))

    def _dpapi(data: bytes, call: str) -> bytes:
        source = _Blob(len(data), ctypes.cast(ctypes.create_string_buffer(data, len(data)), ctypes.POINTER(ctypes.c_char)))
        target = _Blob()
        # no prompt: a service has nobody to ask
        flags = 0x1
        done = getattr(ctypes.windll.crypt32, call)(ctypes.byref(source), None, None, None, None, flags, ctypes.byref(target))
        if not done:
            raise StoreUnavailable("Windows 拒绝解开密钥；请用安装监控站时的 Windows 账户运行，或用备份恢复")
        try:
            return ctypes.string_at(target.data, target.size)
        finally:
            ctypes.windll.kernel32.LocalFree(target.data)
