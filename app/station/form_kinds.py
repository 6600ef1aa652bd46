"""The kinds of forms a station knows: those of the program and of its site, with the time limits of the site. Station side.

A site's own kinds were checked with the site; one that cannot be read all the same (kept by another version of the program) is
left out and told of, the watch goes on.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

from app.domain.form import FormDef
from app.domain.form_file import read_form
from app.domain.plant import Fault, Site
from app.domain.settings import settings
from app.domain.settings.handling import HandlingSettings, read_handling
from app.site.forms import own_kinds

log = logging.getLogger(__name__)


def handling_of(site: Site) -> HandlingSettings:
    return settings(site.options, "handling", read_handling)


def kinds_of(site: Site) -> dict[str, FormDef]:
    """By kind."""
    limits = handling_of(site).limits()
    kinds = {one.kind: one for one in own_kinds()}
    for name, data in site.forms.items():
        faults: list[Fault] = []
        definition = read_form(name, data, faults)
        if definition is None or definition.kind in kinds:
            log.error("表单 %s 不能使用：%s", name, "；".join(map(str, faults)) or "与已有的重复")
            continue
        kinds[definition.kind] = definition
    return {kind: limited(definition, limits.get(kind, {})) for kind, definition in kinds.items()}


def limited(definition: FormDef, limits: Mapping[str, Mapping[str, float]]) -> FormDef:
    """`limits`: seconds by state and priority."""
    states = (replace(state, limit_s=limits.get(state.code, state.limit_s)) for state in definition.states)
    return replace(definition, states=tuple(states))
