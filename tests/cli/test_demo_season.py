"""The demo's season plays tonight, whenever that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from passes_service.catalog.ics_import import Import, read
from passes_service.cli import demo_season
from passes_service.cli.demo_season import opening, season

NOWS = [
    datetime(2026, 6, 3, 18, 2, 11, 5, tzinfo=UTC),
    datetime(2026, 3, 28, 22, 40, tzinfo=UTC),  # the night in which Berlin skips an hour
    datetime(2026, 3, 29, 0, 31, tzinfo=UTC),  # half an hour before it does
    datetime(2026, 10, 25, 0, 29, 59, tzinfo=UTC),  # the hour that Berlin shows twice
    datetime(2026, 10, 20, 12, 0, tzinfo=UTC),  # clocks change in both zones during the season
    datetime(2026, 2, 24, 12, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 45, tzinfo=UTC),
    datetime(2028, 2, 28, 9, 0, tzinfo=ZoneInfo("America/New_York")),
]


def imported(now: datetime) -> Import:
    return read(
        season(now),
        floating_zone=None,
        calendar_zone="Europe/Berlin",
        horizon_start=now,
        horizon_end=now + timedelta(days=90),
    )


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_season_is_three_exclusive_sessions_and_six_tuesdays(now: datetime) -> None:
    found = imported(now)

    assert found.skipped == ()
    assert found.name == "Nora Lind: ceramics & kiln nights"
    weekly = [one for one in found.occurrences if one.uid == demo_season.WEEKLY_UID]
    single = [one for one in found.occurrences if one.uid != demo_season.WEEKLY_UID]
    assert [one.uid for one in single] == [
        demo_season.OPENING_UID,
        demo_season.NEW_YORK_UID,
        demo_season.FINALE_UID,
    ]
    assert len(weekly) == 6
    assert {one.time_zone for one in single} == {"Europe/Berlin", "America/New_York"}
    assert all(one.starts_at > now for one in found.occurrences)
    assert len({(one.uid, one.recurrence_id) for one in found.occurrences}) == 9


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_first_session_starts_half_an_hour_from_now(now: datetime) -> None:
    first = imported(now).occurrences[0]

    assert first.uid == demo_season.OPENING_UID
    assert timedelta(minutes=30) <= first.starts_at - now < timedelta(minutes=35)
    assert first.starts_at == opening(now)
    assert first.starts_at.minute % 5 == 0
    assert first.ends_at - first.starts_at == timedelta(hours=2, minutes=30)


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_clocks_on_the_wall_stay_the_same_when_they_change(now: datetime) -> None:
    found = imported(now).occurrences
    local = [one.starts_at.astimezone(ZoneInfo(one.time_zone)) for one in found]

    weekly = [
        (at, one) for at, one in zip(local, found, strict=True) if one.uid == demo_season.WEEKLY_UID
    ]
    assert [(at.weekday(), at.hour) for at, _ in weekly] == [
        (1, 19),
        (1, 19),
        (2, 18),  # moved to Wednesday
        (1, 19),
        (1, 19),
        (1, 19),
    ]
    assert [one.cancelled for _, one in weekly] == [False, False, False, False, True, False]
    guest = next(at for at, one in zip(local, found, strict=True) if "Brooklyn" in one.title)
    assert (guest.weekday(), guest.hour, guest.minute) == (5, 18, 30)


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_text_is_strict_icalendar(now: datetime) -> None:
    body = season(now)

    assert body == season(now)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert body.count(b"\n") == body.count(b"\r\n")
    assert "Angermünde" in body.decode()


def test_now_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        season(datetime(2026, 6, 3, 18, 2))  # noqa: DTZ001 - that is the point
