"""An installation in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.installed import Installed


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Settings that name a place where nothing is yet."""
    monkeypatch.chdir(tmp_path)  # commands read .env where they run; a developer's is not ours
    return Installed(tmp_path)


@pytest.fixture
def installed(empty: Installed) -> Installed:
    """Keys and tables."""
    empty.must("init")
    return empty


@pytest.fixture
def nocturne(installed: Installed) -> Installed:
    """Keys, tables and an organizer."""
    installed.must("organizer", "create", *installed.ORGANIZER)
    return installed
