"""What cannot be rendered is refused when it is made, with the field named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.ics_feeds.samples import START, entry, feed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "with space"}, "uid"),
        ({"uid": "line\nbreak"}, "uid"),
        ({"uid": "u" * 256}, "uid"),
        ({"starts_at": datetime(2026, 7, 1, 17)}, "starts_at"),  # noqa: DTZ001
        ({"ends_at": datetime(2026, 7, 1, 17)}, "ends_at"),  # noqa: DTZ001
        ({"changed_at": datetime(2026, 7, 1, 17)}, "changed_at"),  # noqa: DTZ001
        ({"created_at": datetime(9999, 7, 1, tzinfo=UTC)}, "created_at"),
        ({"ends_at": START - timedelta(seconds=1)}, "ends_at"),
        ({"time_zone": "Berlin"}, "time zone"),
        ({"time_zone": "../../etc/passwd"}, "time zone"),
        ({"time_zone": "Europe"}, "time zone"),
        ({"time_zone": ""}, "time zone"),
        ({"time_zone": "right/Europe/Berlin"}, "zone"),
        ({"status": "POSTPONED"}, "status"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**31}, "sequence"),
        ({"reminders": (timedelta(minutes=-5),)}, "reminders"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://example.org/a b"}, "url"),
        ({"url": "https://example.org/\r\nMETHOD:X"}, "url"),
        ({"geo": (91.0, 0.0)}, "geo"),
        ({"geo": (float("nan"), 0.0)}, "geo"),
    ],
)
def test_an_entry_that_cannot_be_rendered_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        entry(**changes)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"prodid": ""}, "prodid"),
        ({"refresh": timedelta()}, "refresh"),
        ({"color": "#ff0000"}, "color"),
        ({"time_zone": "Nowhere/Land"}, "time zone"),
        ({"image_url": "data:image/png;base64,AA=="}, "image_url"),
        ({"url": "ftp://example.org"}, "url"),
    ],
)
def test_a_feed_that_cannot_be_rendered_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        feed(**changes)


def test_two_entries_with_one_uid_are_refused() -> None:
    with pytest.raises(ValueError, match="session-1"):
        feed(entry(), entry())


def test_order_is_that_of_instants_not_of_wall_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    starts_at = datetime(2026, 10, 25, 2, 45, tzinfo=berlin)
    ends_at = datetime(2026, 10, 25, 2, 15, tzinfo=berlin, fold=1)  # half an hour later
    session = entry(starts_at=starts_at, ends_at=ends_at)
    assert session.ends_at - session.starts_at == timedelta(minutes=30)
    assert session.starts_at.tzinfo is UTC


def test_an_entry_is_frozen() -> None:
    with pytest.raises(AttributeError):
        entry().title = "Other"  # type: ignore[misc]
