"""The configuration as it was (当时的配置): one version of the site with the alarm rules it makes, and where versions and past
occurrences are looked up. Station side; blocking where it looks something up.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.domain.alarm import AlarmRule
from app.domain.plant import Site, Source
from app.domain.rules import all_rules_of, link_rule, system_rule
from app.station.video.bound import bound_cameras
from app.station.video.service import video_rules
from app.store.rows import OccurrenceRow


class SiteThen:
    """One version of the configuration with the alarm rules it makes, by key."""

    def __init__(self, version: int | None, site: Site, parts: tuple[str, ...]) -> None:
        self.version, self.site, self._parts = version, site, parts
        self.tags = {tag.tag: tag for tag in site.tags}

        self._sources = {source.id: source for source in site.sources}
        self._made: dict[str, dict[str, AlarmRule]] = {}  # by tag

    def rule(self, key: str) -> AlarmRule | None:
        """Made when first asked for, a tag at a time: those of 20,000 tags would take 25 MB."""
        tag = key.rpartition("/")[0]
        if tag not in self._made:
            found = self.tags.get(tag)
            if found is None:
                return self._others.get(key)
            rules = all_rules_of(found, self._sources.get(found.source) or Source(found.source, "", ""))
            self._made[tag] = {rule.key: rule for rule in rules}
        return self._made[tag].get(key)

    @cached_property
    def _others(self) -> Mapping[str, AlarmRule]:
        """Of links, of the station itself and of cameras."""
        rules = [link_rule(source) for source in self.site.sources]
        rules += [system_rule(part) for part in self._parts]
        rules += video_rules(self.site, bound_cameras(self.site))
        return {rule.key: rule for rule in rules}


@dataclass(slots=True)
class Library:
    """Where the board looks things up: sites by version (None: the present one), past occurrences by number."""

    site: Callable[[int | None], SiteThen]
    occurrence: Callable[[int, str, str], OccurrenceRow | None]
