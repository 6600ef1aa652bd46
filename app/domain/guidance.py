"""What to do about an alarm, split into cause, consequence, action and contacts (原因、后果、措施、联系人). Both sides, pure.

What a site engineer may write, in tags.csv (the table of it is part of the site package):

* plain text in `guidance` (处置提示): it is what to do, so all of it is action; `；`, `;`, `|` and new lines part the steps;
* headings in the same cell, in any order: `原因：仪表漂移。后果：冒罐。措施：停止进料；切换收料罐。联系人：调度 8001`.
  A heading is one of the words below followed by `：` or `:`, or in brackets 【原因】, at the beginning, on a new line, or
  after `；;。|`. What stands before the first heading is action;
* columns of their own beside it: 原因, 后果, 措施, 联系人 (English: cause, consequence, action, contacts). They come in as
  extra columns of the tag and go out again with the export. Both may be filled: the columns come first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORDS = {
    "cause": ("可能原因", "原因", "cause"),
    "consequence": ("可能后果", "后果", "consequence"),
    "action": ("处置措施", "处置", "措施", "action"),
    "contacts": ("联系人", "联系电话", "联系", "contacts", "contact"),
}
_PART_OF = {word: part for part, words in _WORDS.items() for word in words}
_any_word = "|".join(sorted(_PART_OF, key=len, reverse=True))
_HEADING = re.compile(rf"(?:^|(?<=[\n；;。|]))\s*(?:【({_any_word})】\s*[：:]?|({_any_word})\s*[：:])", re.IGNORECASE)
_STEPS = re.compile(r"[\n；;|]+")


@dataclass(slots=True)
class Guidance:
    """Each a list of short sentences; an empty one is not known."""

    cause: list[str] = field(default_factory=list)
    consequence: list[str] = field(default_factory=list)
    action: list[str] = field(default_factory=list)
    contacts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cause or self.consequence or self.action or self.contacts)


def split_guidance(text: str, extra: Mapping[str, str] | None = None) -> Guidance:
    """`extra`: the columns of the tag that the program does not know by name."""
    found = Guidance()
    for column, said in (extra or {}).items():
        part = _PART_OF.get(column.strip().casefold())
        if part is not None:
            _add(found, part, said)
    part, begin = "action", 0
    for heading in _HEADING.finditer(text):
        _add(found, part, text[begin : heading.start()])
        part, begin = _PART_OF[(heading[1] or heading[2]).casefold()], heading.end()
    _add(found, part, text[begin:])
    return found


def _add(found: Guidance, part: str, said: str) -> None:
    steps = (step.strip().rstrip("。") for step in _STEPS.split(said))
    getattr(found, part).extend(step for step in steps if step)
