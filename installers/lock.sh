#!/bin/sh
# Makes the two locked dependency sets anew from pyproject.toml (needs `uv`); run from the project folder after a change there.
set -eu
common="--universal --python-version 3.11 --generate-hashes --no-header --quiet"
uv pip compile $common pyproject.toml installers/build.in -o installers/requirements.lock
uv pip compile $common --extra dev -c installers/requirements.lock pyproject.toml installers/build.in -o installers/requirements-dev.lock
