"""A judge that is not installed is left out here, and missed in CI."""

from pathlib import Path

import pytest

from ics_feeds import render
from tests.ics_feeds.samples import entry, feed
from tests.judges import libical, node

BODY = render(feed(entry()))
ENDS = [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]


@pytest.mark.parametrize(("ci", "ends"), ENDS)
def test_libical(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, ends: type[BaseException]
) -> None:
    monkeypatch.setattr(libical, "HEADER", tmp_path / "ical.h")  # a machine without libical-dev
    monkeypatch.setenv("CI", ci)
    with pytest.raises(ends, match="libical-dev"):
        libical.expand_libical([BODY])


@pytest.mark.parametrize(("ci", "ends"), ENDS)
def test_node_ical(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, ends: type[BaseException]
) -> None:
    monkeypatch.setattr(node, "HERE", tmp_path)  # a checkout without node_modules
    monkeypatch.setenv("CI", ci)
    with pytest.raises(ends, match="npm ci"):
        node.expand_node_ical([BODY])
