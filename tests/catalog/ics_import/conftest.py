"""What the judges must not remember from one file to the next."""

from __future__ import annotations

from collections.abc import Iterator

import icalendar
import pytest


@pytest.fixture(autouse=True)
def no_zone_of_another_file() -> Iterator[None]:
    """Let icalendar forget the zones of earlier files, which it keeps by name for ever."""
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
    yield
    icalendar.use_zoneinfo()  # type: ignore[no-untyped-call]
