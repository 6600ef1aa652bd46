"""Node ids as written in the point table, resolved against the namespace table of one connection. Station side.

`ns=2;s=TK101.Level` names the namespace by index, which a server may renumber at a restart; `nsu=http://vendor/plant;s=...`
names it by URI and is resolved anew at every connection.
"""

import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncua import ua

_FORM = re.compile(r"\s*(?:(?:ns=(?P<ns>\d+)|nsu=(?P<nsu>[^;]+));)?(?P<kind>[isgb])=(?P<id>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A node id; `uri` set = its namespace is to be looked up."""

    kind: str
    identifier: Any  # int, str, UUID or bytes, as `kind` says
    index: int = 0
    uri: str | None = None

    def resolve(self, namespaces: Sequence[str]) -> ua.NodeId | None:
        """None when the server does not know the namespace URI."""
        index = self.index
        if self.uri is not None:
            if self.uri not in namespaces:
                return None
            index = namespaces.index(self.uri)
        kinds = {
            "i": ua.NodeIdType.Numeric,
            "s": ua.NodeIdType.String,
            "g": ua.NodeIdType.Guid,
            "b": ua.NodeIdType.ByteString,
        }
        return ua.NodeId(self.identifier, ua.Int16(index), kinds[self.kind])


def parse_address(text: str) -> Address:
    """`[ns=N;|nsu=URI;]i=|s=|g=|b=...` (OPC 10000-6, 5.3.1.10). Raises ValueError with a Chinese sentence."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"不是 OPC UA 节点地址：{text!r}，应如 ns=2;s=TK101.Level 或 nsu=命名空间;i=1001")
    kind, written = found["kind"], found["id"]
    identifier: int | str | UUID | bytes
    try:
        if kind == "i":
            identifier = int(written)
            if not 0 <= identifier < 1 << 32:
                raise ValueError("beyond 32 bits")
        elif kind == "g":
            identifier = UUID(written.strip())
        elif kind == "b":
            identifier = b64decode(written.strip(), validate=True)
        else:
            identifier = written
        index = int(found["ns"] or 0)
        if index > 0xFFFF:
            raise ValueError("beyond 16 bits")
    except ValueError:
        raise ValueError(f"节点地址里的标识不对：{text!r}（i= 后为 32 位整数，g= 后为 GUID，b= 后为 Base64）") from None
    return Address(kind, identifier, index, found["nsu"])
