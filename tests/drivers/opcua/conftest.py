"""Servers for the driver's own tests: one process a kind and session."""

from collections.abc import Iterator

import pytest

from tests.peers.opcua_peer import NodeServer, PeerServer, PythonServer, node_folder


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerServer]:
    """asyncua's server, six tags, no security, anybody may come."""
    yield from _serving(PythonServer(tmp_path_factory.mktemp("plain")))


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerServer]:
    """asyncua's server with a certificate, all modes, user dcs / secret."""
    folder = tmp_path_factory.mktemp("secured")
    yield from _serving(PythonServer(folder, options=["--pki", str(folder / "pki"), "--user", "dcs", "--password", "secret"]))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerServer]:
    """node-opcua with a certificate, all modes, nobody without a name: user dcs / secret."""
    if node_folder() is None:
        pytest.skip("node-opcua not installed (HAZWATCH_TEST_NODE)")
    options = ["--user", "dcs", "--password", "secret", "--anonymous", "no"]
    yield from _serving(NodeServer(tmp_path_factory.mktemp("node"), options=options))


def _serving(server: PeerServer) -> Iterator[PeerServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()
