"""What a source row may say."""

from typing import Any

import pytest

from app.domain.plant import Source
from drivers.base import SourceMisconfigured
from drivers.opcua.options import options_of


def source(url: str = "opc.tcp://plant:4840/x", security: str = "none", **options: Any) -> Source:
    return Source("dcs", "opcua", url, security, options=options)


def test_defaults_and_what_is_given() -> None:
    assert options_of(source()).publishing_ms == 500
    given = options_of(source(publishing_ms=100, trust="AA:" * 19 + "AA"))
    assert (given.publishing_ms, given.trust) == (100, "aa" * 20)


@pytest.mark.parametrize(
    ("url", "cleaned"),
    [
        ("opc.tcp://plant", "opc.tcp://plant:4840"),
        ("opc.tcp://10.0.0.1:4841/UA/Plant", "opc.tcp://10.0.0.1:4841/UA/Plant"),
        ("opc.tcp://[::1]:4840/a", "opc.tcp://[::1]:4840/a"),
    ],
)
def test_urls(url: str, cleaned: str) -> None:
    assert options_of(source(url)).url == cleaned


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (source("http://plant"), "opc.tcp"),
        (source("opc.tcp://"), "opc.tcp"),
        (source("opc.tcp://plant:99999"), "opc.tcp"),
        (source("opc.tcp://user:pw@plant"), "密码"),
        (source(security="basic128"), "basic256sha256_sign"),
        (source(publishing_ms=0), "publishing_ms"),
        (source(timeout_s="5"), "timeout_s"),
        (source(publishes=True), "publishes"),
        (source(trust="abc"), "指纹"),
        (source(source_clock="no"), "source_clock"),
    ],
)
def test_nonsense_is_refused_by_name(bad: Source, said: str) -> None:
    with pytest.raises(SourceMisconfigured, match=said):
        options_of(bad)
