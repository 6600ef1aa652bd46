"""The exception that carries every fault of a site package, and the small words the readers share. Both sides; no IO."""

from collections.abc import Iterable, Sequence

from app.domain.plant import Fault

_SHOWN = 40


class SiteFaults(Exception):
    """A site package was refused whole. `faults` holds every fault, in the order of the files and their rows."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        first = "；".join(str(fault) for fault in self.faults[:3])
        super().__init__(f"站点包有 {len(self.faults)} 处错误：{first}{'……' if len(self.faults) > 3 else ''}")


class Wrong(ValueError):
    """One thing is not as it must be: `found` and `expected` are the two halves of a Fault."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}，{expected}")
        self.found = found
        self.expected = expected


def quote(value: object) -> str:
    """The value as written, in Chinese quotation marks, on one line, cut when long."""
    text = " ".join(str(value).split())
    return f"“{text[:_SHOWN]}…”" if len(text) > _SHOWN else f"“{text}”"


def one_of(words: Iterable[object]) -> str:
    return "应为以下之一：" + " ".join(str(word) for word in words)
