"""By how much earlier the span is that a trend is compared with (对比). Console side; numbers only."""

from dataclasses import dataclass

OWN = -1.0
SPAN_BEFORE = 0.0


@dataclass(frozen=True, slots=True)
class Compared:
    """`kind`: None no comparison, `SPAN_BEFORE`, `OWN` for a start of one's own, else seconds earlier. `own_s`: by how much
    earlier a start of one's own is."""

    kind: float | None = None
    own_s: float = 0.0

    def shift_s(self, span: float) -> float | None:
        if self.kind is None:
            return None
        return span if self.kind == SPAN_BEFORE else self.own_s if self.kind == OWN else self.kind
