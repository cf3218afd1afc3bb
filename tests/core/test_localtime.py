"""A time on the wall becomes an instant, or is refused with two that exist."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import localtime

_wall = datetime.fromisoformat
walls = st.datetimes(_wall("2020-01-01"), _wall("2035-01-01")).map(
    lambda wall: wall.replace(microsecond=0)
)


@pytest.mark.parametrize(
    ("wall", "zone", "offered"),
    [
        ("2027-03-28T02:30", "Europe/Berlin", ["2027-03-28T01:30:00", "2027-03-28T03:30:00"]),
        ("2027-03-28T02:00", "Europe/Berlin", ["2027-03-28T01:00:00", "2027-03-28T03:00:00"]),
        ("2027-03-14T02:15", "America/New_York", ["2027-03-14T01:15:00", "2027-03-14T03:15:00"]),
        ("2027-10-03T02:10", "Australia/Lord_Howe", ["2027-10-03T01:40:00", "2027-10-03T02:40:00"]),
        ("2011-12-30T12:00", "Pacific/Apia", ["2011-12-29T12:00:00", "2011-12-31T12:00:00"]),
    ],
)
def test_a_skipped_time_offers_both_neighbours(wall: str, zone: str, offered: list[str]) -> None:
    with pytest.raises(localtime.LocalTimeMissing) as refused:
        localtime.instant(datetime.fromisoformat(wall), zone)
    assert refused.value.members["offered"] == offered


def test_of_a_repeated_time_the_first_is_meant() -> None:
    found = localtime.instant(_wall("2027-10-31T02:30"), "Europe/Berlin")
    assert found == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Berlin", "", "Europe/berlin", "../etc/passwd", "UTC+1"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(localtime.TimeZoneUnknown):
        localtime.zone(name)


@given(walls, st.sampled_from(sorted(available_timezones())))
def test_every_time_that_exists_reads_back_and_every_offer_exists(
    wall: datetime, name: str
) -> None:
    here = ZoneInfo(name)
    try:
        found = localtime.instant(wall, name)
    except localtime.LocalTimeMissing as refused:
        for text in refused.members["offered"]:
            localtime.instant(datetime.fromisoformat(text), name)
    else:
        assert found.astimezone(here).replace(tzinfo=None) == wall
