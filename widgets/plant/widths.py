"""How much room texts want, roughly, in em: enough to find a place for them before they are set. No Qt."""

from unicodedata import east_asian_width

from app.domain.tag import Tag


def text_width(text: str) -> float:
    """Rough width in em; Han characters are one, others a bit over a half."""
    return sum(1.0 if east_asian_width(c) in "WF" else 0.6 for c in text)


def number_width(tag: Tag | None) -> float:
    """Widest number this tag should show, in em, with its brackets."""
    if tag is None:
        return 1.2 + 6 * 0.58
    if tag.is_digital:
        return 4.0
    ends = (tag.range_low or 0.0, tag.range_high if tag.range_high is not None else 1000.0)
    return 1.2 + 0.58 * max(len(f"{end:.{tag.decimals}f}") for end in ends)


def unit_width(tag: Tag | None) -> float:
    return 0.3 + 0.82 * text_width(tag.unit) if tag is not None and not tag.is_digital else 3.0
