"""The forms of a site (`forms/*.toml`), checked; and those that come with the program. Station side."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from app.domain.form import FormDef
from app.domain.form_file import read_form
from app.domain.plant import Fault

FORMS = "forms/"


@cache
def own_kinds() -> tuple[FormDef, ...]:
    """The declarations under `resources/forms`. A fault in one is a fault of the program: ValueError."""
    found, faults = [], list[Fault]()
    for file in sorted(resources.files("resources").joinpath("forms").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            definition = read_form(file.name, file.read_bytes(), faults)
            if definition is not None:
                found.append(definition)
    if faults:
        raise ValueError("；".join(map(str, faults)))
    return tuple(found)


def read_forms(content: Mapping[str, bytes], faults: list[Fault]) -> dict[str, bytes]:
    """File name without its folder to its bytes; `content` by the whole name. Every fault is noted."""
    known = {definition.kind: "程序" for definition in own_kinds()}
    for file, data in content.items():
        if not file.endswith(".toml"):
            faults.append(Fault(file, 0, "", "不是表单定义", "forms 里应只有 .toml 文件"))
            continue
        definition = read_form(file, data, faults)
        if definition is None:
            continue
        if definition.kind in known:
            found = f"种类 {definition.kind} 已由{known[definition.kind]}定义"
            faults.append(Fault(file, 1, "kind", found, "请换一个名字"))
        known.setdefault(definition.kind, file)
    return {file.removeprefix(FORMS): data for file, data in content.items()}
