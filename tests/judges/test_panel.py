"""Every judge accepts every kind of feed, and all say the same about every session."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ics_feeds import Entry, Feed, notice, problems, render
from tests.ics_feeds.samples import START, STORED, entry, feed
from tests.judges.panel import BELIEVERS, EACH, JUDGES, Judge

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CANCELLED = "Cancelled: "

AWKWARD = {
    "Europe/Dublin": (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    "Africa/Casablanca": (
        datetime(2026, 2, 15, 2, tzinfo=UTC),
        datetime(2026, 3, 22, 2, tzinfo=UTC),
    ),
    "Australia/Lord_Howe": (
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    ),
    "Pacific/Chatham": (
        datetime(2026, 4, 4, 14, tzinfo=UTC),
        datetime(2026, 9, 26, 14, tzinfo=UTC),
    ),
    "Pacific/Apia": (datetime(2026, 1, 1, 10, tzinfo=UTC), datetime(2026, 7, 1, 10, tzinfo=UTC)),
    "Asia/Kathmandu": (datetime(2026, 1, 1, 18, tzinfo=UTC), datetime(2026, 7, 1, 18, tzinfo=UTC)),
}


def evening() -> Feed:
    """Return a feed of the kind that a pass holder has."""
    return feed(
        entry(
            "1-opening",
            title="Opening night; “Kiln & Fire”",
            description="Seat B 14\nDoors 18:30\nhttps://example.org/passes/1",
            location="Werkhof 3; rear building, 2nd floor",
            url="https://example.org/passes/1",
            categories=("Ceramics", "Live, on stage"),
            geo=(52.5, 13.4),
        ),
        entry("2-moved", starts_at=START + DAY, sequence=3, changed_at=STORED + DAY),
        entry("3-cancelled", starts_at=START + 2 * DAY, status="CANCELLED", sequence=4),
        entry("4-online", starts_at=START + 3 * DAY, time_zone="UTC", status="TENTATIVE"),
        entry("5-deadline", starts_at=START + 4 * DAY, ends_at=START + 4 * DAY),
        entry("6-reminded", starts_at=START + 5 * DAY, reminders=(HOUR, DAY)),
        color="teal",
        image_url="https://example.org/i.png",
        description="What your passes open.",
    )


def days() -> Feed:
    """Return days in zones on both sides of UTC, one and several long."""
    made = []
    for name in ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "UTC"):
        midnight = datetime(2026, 10, 24, tzinfo=ZoneInfo(name))
        for length in (1, 3):
            end = (midnight.replace(tzinfo=None) + length * DAY).replace(tzinfo=midnight.tzinfo)
            made.append(
                entry(
                    f"{name}-{length}",
                    starts_at=midnight,
                    ends_at=end,
                    time_zone=name,
                    all_day=True,
                )
            )
    return feed(*made)


def twice() -> Feed:
    """Return sessions in and around the hour that clocks show twice."""
    edges = {
        "Europe/Berlin": datetime(2026, 10, 25, 1, tzinfo=UTC),
        "America/New_York": datetime(2026, 11, 1, 6, tzinfo=UTC),
        "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    }
    return feed(*around(edges.items(), range(-120, 121, 15)))


def awkward() -> Feed:
    """Return sessions around the edges of zones that readers get wrong."""
    pairs = [(name, edge) for name, edges in AWKWARD.items() for edge in edges]
    return feed(*around(pairs, (-1440, -180, -61, -31, -30, -1, 0, 1, 29, 30, 60, 181, 1440)))


def around(edges: Iterable[tuple[str, datetime]], minutes: Iterable[int]) -> Iterator[Entry]:
    for name, edge in edges:
        for shift in minutes:
            at = edge + shift * MINUTE
            uid = f"{name}-{edge:%m}-{shift:+05}"
            yield entry(uid, starts_at=at, ends_at=at + 50 * MINUTE, time_zone=name)


def long() -> Feed:
    """Return a season of 500 sessions."""
    zones = ("Europe/Berlin", "Europe/Dublin", "America/New_York", "UTC", "Asia/Kathmandu")
    return feed(
        *(
            entry(
                f"session-{number:03}",
                starts_at=START + number * 17 * HOUR,
                time_zone=zones[number % len(zones)],
                status="CANCELLED" if number % 50 == 0 else "CONFIRMED",
                sequence=number % 7,
                title=f"Session {number} of 500, with pauses; and tea",
                description="Bring a towel.\n" * 5,
                url=f"https://example.org/s/{number}",
            )
            for number in range(500)
        )
    )


FEEDS = {
    "evening": evening(),
    "days": days(),
    "twice": twice(),
    "awkward": awkward(),
    "cancelled": feed(entry("a", status="CANCELLED"), entry("b", status="CANCELLED", title="")),
    "empty": feed(),
    "notice": feed(notice=notice(uid="n", title="Removed, for good", at=STORED)),
    "season of 500": long(),
}


def told(one: Entry, judge: Judge) -> tuple[str, str, str, str, str]:
    """Return what a judge should say of an entry; written apart from the renderer."""
    if one.all_day:
        zone = ZoneInfo(one.time_zone)
        first = one.starts_at.astimezone(zone).date()
        beyond = (one.ends_at - timedelta(seconds=1)).astimezone(zone).date() + DAY
        start, end = f"{first}", f"{beyond}"
    else:
        heard = judge.hears((one.starts_at, one.ends_at), one.time_zone)
        start, end = (f"{instant:%Y-%m-%dT%H:%M:%SZ}" for instant in heard)
    title = CANCELLED + one.title if one.status == "CANCELLED" else one.title
    return one.uid, start, end, judge.gives(title), one.status


@pytest.mark.parametrize("judge", EACH)
@pytest.mark.parametrize("name", FEEDS)
def test_each_judge_says_what_went_in(name: str, judge: Judge) -> None:
    given = FEEDS[name]
    body = render(given)
    assert problems(body) == []
    read = judge.read_one(body)
    if given.entries:
        ours = sorted(told(one, judge) for one in given.entries)
        theirs = sorted(
            (one["uid"], one["start"], one["end"], one["summary"] or "", one["status"])
            for one in read
        )
        assert theirs == ours
    else:
        (quiet,) = read
        assert quiet["start"] < quiet["end"] <= f"{STORED:%Y-%m-%d}"
        assert quiet["status"] == "CONFIRMED"
        assert given.notice is None or quiet["summary"] == given.notice.title


@pytest.mark.parametrize("judge", BELIEVERS)
def test_who_believes_the_feed_needs_no_known_name(judge: Judge) -> None:
    given = awkward()
    body = render(given)
    for name in AWKWARD:
        body = body.replace(name.encode(), b"Nowhere/" + name[-4:].encode())
    read = {one["uid"][-10:]: one["start"] for one in judge.read_one(body)}
    assert read == {one.uid[-10:]: told(one, judge)[1] for one in given.entries}


def test_the_panel_has_judges_of_both_kinds() -> None:
    believers = {name for name, judge in JUDGES.items() if judge.own_zones}
    assert believers == {"ical.js", "libical", "vobject"}
    assert len(JUDGES) == 8
