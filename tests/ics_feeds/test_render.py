"""What a feed says, line by line."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ics_feeds import Entry, Feed, notice, problems, render
from ics_feeds.parts import vevent
from ics_feeds.render import head, join, zones_used
from ics_feeds.zones import vtimezone
from tests.ics_feeds.samples import START, STORED, entry, feed, logical_lines


def lines_of(*entries: Entry) -> list[str]:
    body = render(feed(*entries))
    assert problems(body) == []
    return logical_lines(body)


def test_a_whole_feed_is_known_to_the_last_byte() -> None:
    body = render(
        feed(
            entry(
                uid="0197",
                sequence=3,
                changed_at=STORED + timedelta(days=1),
                description="Doors at 18:30",
                location="Room 1; back yard",
                url="https://example.org/passes/7",
                categories=("Jazz, live", "Series A"),
                geo=(52.52, -13.4),
                reminders=(timedelta(days=1), timedelta(minutes=30)),
            ),
            description="Every Wednesday",
            color="teal",
            image_url="https://example.org/i.png",
            url="https://example.org/jazz",
        )
    )
    assert problems(body) == []
    assert logical_lines(body) == (
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Passes//EN"),
            *("CALSCALE:GREGORIAN", "NAME:Jazz nights", "X-WR-CALNAME:Jazz nights"),
            *("DESCRIPTION:Every Wednesday", "X-WR-CALDESC:Every Wednesday"),
            *("URL:https://example.org/jazz", "COLOR:teal"),
            "IMAGE;VALUE=URI:https://example.org/i.png",
            *("REFRESH-INTERVAL;VALUE=DURATION:PT4H", "X-PUBLISHED-TTL:PT4H"),
            *("BEGIN:VTIMEZONE", "TZID:Europe/Berlin"),
            *("BEGIN:DAYLIGHT", "DTSTART:20250330T020000"),
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "END:DAYLIGHT"),
            *("BEGIN:STANDARD", "DTSTART:20251026T030000"),
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "END:STANDARD"),
            "END:VTIMEZONE",
            *("BEGIN:VEVENT", "UID:0197"),
            "DTSTART;TZID=Europe/Berlin:20260701T190000",
            "DTEND;TZID=Europe/Berlin:20260701T210000",
            r"SUMMARY:Rehearsal\, open to pass holders",
            *("STATUS:CONFIRMED", "TRANSP:OPAQUE", "CREATED:20260501T083000Z"),
            *(r"LOCATION:Room 1\; back yard", "GEO:52.520000;-13.400000"),
            r"CATEGORIES:Jazz\, live,Series A",
            *("DTSTAMP:20260502T083000Z", "SEQUENCE:3", "LAST-MODIFIED:20260502T083000Z"),
            r"DESCRIPTION:Doors at 18:30\n\nhttps://example.org/passes/7",
            "URL:https://example.org/passes/7",
            *("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT30M"),
            *(r"DESCRIPTION:Rehearsal\, open to pass holders", "END:VALARM"),
            *("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P1D"),
            *(r"DESCRIPTION:Rehearsal\, open to pass holders", "END:VALARM"),
            *("END:VEVENT", "END:VCALENDAR"),
        ]
    )


def test_the_same_feed_gives_the_same_bytes_in_any_order_and_from_any_clock() -> None:
    one, two = entry("a"), entry("b", starts_at=START + timedelta(days=2))
    abroad = timezone(timedelta(hours=-7))
    moved = entry("a", starts_at=START.astimezone(abroad), changed_at=STORED.astimezone(abroad))
    assert render(feed(one, two)) == render(feed(two, one)) == render(feed(moved, two))


def test_parts_kept_by_the_caller_join_to_the_same_bytes() -> None:
    entries = (entry("a"), entry("b", starts_at=START + timedelta(days=2), time_zone="Asia/Tokyo"))
    whole = feed(*entries)
    zones = [vtimezone(span) for span in zones_used(entries)]
    assert join(head(whole), zones, [vevent(e) for e in entries]) == render(whole)


def test_a_cancelled_session_says_so_frees_the_time_and_reminds_nobody() -> None:
    lines = lines_of(entry(status="CANCELLED", reminders=(timedelta(hours=1),)))
    assert r"SUMMARY:Cancelled: Rehearsal\, open to pass holders" in lines
    assert "STATUS:CANCELLED" in lines
    assert "TRANSP:TRANSPARENT" in lines
    assert "BEGIN:VALARM" not in lines


def test_the_word_for_cancelled_follows_the_holder() -> None:
    body = render(feed(entry(status="CANCELLED", title="Probe"), cancelled_prefix="Abgesagt: "))
    assert "SUMMARY:Abgesagt: Probe" in logical_lines(body)


def test_the_link_is_repeated_once() -> None:
    url = "https://example.org/passes/1"
    assert f"DESCRIPTION:{url}" in lines_of(entry(url=url))
    there = lines_of(entry(url=url, description=f"See {url}"))
    assert f"DESCRIPTION:See {url}" in there
    longer = lines_of(entry(url=url, description=f"See {url}0"))
    assert f"DESCRIPTION:See {url}0\\n\\n{url}" in longer


def test_a_feed_without_entries_shows_a_quiet_past_notice() -> None:
    for empty in (
        feed(),
        feed(notice=notice(uid="n-1", title="Your pass has moved on", at=STORED)),
    ):
        body = render(empty)
        assert problems(body) == []
        lines = logical_lines(body)
        assert lines.count("BEGIN:VEVENT") == 1
        assert "TRANSP:TRANSPARENT" in lines
        assert "BEGIN:VTIMEZONE" not in lines
    assert "DTSTART;VALUE=DATE:20260430" in lines
    assert "DTEND;VALUE=DATE:20260501" in lines
    assert "DTSTAMP:20260501T083000Z" in lines


def test_a_notice_gives_way_to_entries() -> None:
    told = notice(uid="n-1", title="Nothing yet", at=STORED)
    assert render(feed(entry(), notice=told)) == render(feed(entry()))


def test_utc_sessions_need_no_zone() -> None:
    for zone in ("UTC", "Etc/UTC", "Zulu", "Etc/GMT", "GMT0"):
        lines = lines_of(entry(time_zone=zone))
        assert "DTSTART:20260701T170000Z" in lines
        assert "BEGIN:VTIMEZONE" not in lines


def test_an_hour_that_clocks_show_twice_goes_out_in_utc_start_and_end_alike() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, for the first time
    for starts_at in (first, first + timedelta(hours=1), first - timedelta(hours=2)):
        lines = lines_of(entry(starts_at=starts_at))
        assert f"DTSTART:{starts_at:%Y%m%dT%H%M%SZ}" in lines
        assert f"DTEND:{starts_at + timedelta(hours=2):%Y%m%dT%H%M%SZ}" in lines
    after = lines_of(entry(starts_at=first + timedelta(hours=2)))
    assert "DTSTART;TZID=Europe/Berlin:20261025T033000" in after


def test_times_before_zones_were_tidy_go_out_in_utc() -> None:
    lines = lines_of(entry(starts_at=datetime(1971, 5, 1, tzinfo=UTC), time_zone="Africa/Monrovia"))
    assert "DTSTART:19710501T000000Z" in lines


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "first", "beyond"),
    [
        ("Europe/Berlin", "2026-07-01T00:00", "2026-07-02T00:00", "20260701", "20260702"),
        ("Europe/Berlin", "2026-07-01T00:00", "2026-07-03T00:00", "20260701", "20260703"),
        ("Europe/Berlin", "2026-07-01T09:00", "2026-07-01T17:00", "20260701", "20260702"),
        ("Europe/Berlin", "2026-07-01T00:00", "2026-07-01T00:00", "20260701", "20260702"),
        ("Pacific/Kiritimati", "2026-07-01T00:00", "2026-07-02T00:00", "20260701", "20260702"),
        ("Africa/Cairo", "2026-04-24T01:00", "2026-04-25T00:00", "20260424", "20260425"),
        ("Africa/Cairo", "2026-04-23T00:00", "2026-04-24T01:00", "20260423", "20260424"),
    ],
)
def test_all_day_means_days_of_its_zone_with_an_exclusive_end(
    zone: str, starts: str, ends: str, first: str, beyond: str
) -> None:
    at = [datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)) for text in (starts, ends)]
    lines = lines_of(entry(starts_at=at[0], ends_at=at[1], time_zone=zone, all_day=True))
    assert f"DTSTART;VALUE=DATE:{first}" in lines
    assert f"DTEND;VALUE=DATE:{beyond}" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_a_moment_without_length_has_no_end() -> None:
    lines = lines_of(entry(ends_at=START + timedelta(microseconds=5)))
    assert not any(line.startswith("DTEND") for line in lines)


def test_the_refresh_interval_is_written_for_all_who_read_one() -> None:
    whole: Feed = feed(entry(), refresh=timedelta(days=1, minutes=30, microseconds=7))
    lines = logical_lines(render(whole))
    assert "REFRESH-INTERVAL;VALUE=DURATION:P1DT30M" in lines
    assert "X-PUBLISHED-TTL:P1DT30M" in lines


def test_nothing_is_said_that_apps_would_act_upon() -> None:
    body = render(feed(entry(), entry("b", status="TENTATIVE"), color="red"))
    for word in (b"METHOD", b"ORGANIZER", b"ATTENDEE", b"SOURCE", b"PARTICIPANT", b"X-WR-TIMEZONE"):
        assert word not in body
