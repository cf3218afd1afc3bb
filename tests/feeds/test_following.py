"""A feed follows its sessions: moved, edited, cancelled, back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.money import Money
from passes_service.db.models import CalendarSession
from passes_service.feeds.content import jitter
from passes_service.feeds.fragments import CANCELLED_FOR, KEEP_PAST
from passes_service.web.app import create_app
from tests import people
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.feeds.subscriber import Device, events, subscribe
from tests.judges import node, python
from tests.season import Season, issue, season

HOUR = timedelta(hours=1)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season) -> Device:
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def change(services: Services, row: CalendarSession, **fields: Any) -> None:
    with services.database.transaction() as session:
        sessions.amend(
            session,
            organizer_id=row.organizer_id,
            session_id=row.id,
            fields=fields,
            now=services.clock(),
        )


def cancel(services: Services, row: CalendarSession) -> None:
    with services.database.transaction() as session:
        sessions.cancel(
            session, organizer_id=row.organizer_id, session_id=row.id, now=services.clock()
        )


def reinstate(services: Services, row: CalendarSession) -> None:
    with services.database.transaction() as session:
        sessions.reinstate(
            session, organizer_id=row.organizer_id, session_id=row.id, now=services.clock()
        )


def test_a_pass_to_three_sessions_is_exactly_three_events_at_the_right_instants(
    phone: Device, made: Season
) -> None:
    found = phone.events()
    assert {
        uid: (str(one["SUMMARY"]), one.decoded("DTSTART"), one.decoded("DTEND"))
        for uid, one in found.items()
    } == {str(row.id): (row.title, row.starts_at, row.ends_at) for row in made.sessions}
    assert {str(one["STATUS"]) for one in found.values()} == {"CONFIRMED"}


def test_ical_js_and_vobject_read_the_same_instants(phone: Device, made: Season) -> None:
    body = phone.fetch().content
    stated = {str(row.id): f"{row.starts_at:%Y-%m-%dT%H:%M:%SZ}" for row in made.sessions}
    for read in (python.expand_vobject(body), node.expand(body)):
        assert {one["uid"]: one["start"] for one in read} == stated


def test_unchanged_is_the_same_bytes_and_304_across_days_and_a_redeploy(
    phone: Device, services: Services, clock: Clock
) -> None:
    first = phone.fetch()
    for _ in range(3):
        clock.forward(days=1, hours=7)
        again = phone.fetch()
        assert again.content == first.content
        assert again.headers["etag"] == first.headers["etag"]
        assert phone.fetch(If_None_Match=first.headers["etag"]).status_code == 304

    anew = Services(
        settings=services.settings,
        database=services.database,
        keyring=keyring.load(services.settings.keys_dir),
        clock=clock,
    )
    with TestClient(create_app(anew), base_url=ORIGIN) as elsewhere:
        other = Device(elsewhere, phone.row, phone.token).fetch(If_None_Match=first.headers["etag"])
    assert (other.status_code, other.content) == (304, b"")


def test_bytes_rendered_anew_from_the_same_rows_are_the_same(phone: Device, clock: Clock) -> None:
    first = phone.fetch()
    clock.forward(days=31)  # longer than a copy is trusted, and two evenings are over
    assert phone.fetch().content == first.content


def test_a_move_keeps_the_uid_and_raises_the_sequence(
    phone: Device, services: Services, made: Season, clock: Clock
) -> None:
    row = made.sessions[1]
    before = phone.events()[str(row.id)]
    clock.forward(hours=2)
    change(services, row, starts_at=row.starts_at + HOUR, ends_at=row.ends_at + HOUR)
    found = phone.events()
    after = found[str(row.id)]
    assert len(found) == 3
    assert after.decoded("DTSTART") == row.starts_at + HOUR
    assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1
    assert after.decoded("LAST-MODIFIED") == clock.now
    assert after.decoded("DTSTAMP") == clock.now


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("title", "Evening two", "SUMMARY"),
        ("location", "The attic", "LOCATION"),
        ("description", "Bring a bowl", "DESCRIPTION"),
    ],
)
def test_an_edit_raises_sequence_and_last_modified(
    phone: Device,
    services: Services,
    made: Season,
    clock: Clock,
    field: str,
    value: str,
    shown: str,
) -> None:
    row = made.sessions[0]
    before = phone.fetch()
    clock.forward(minutes=5)
    change(services, row, **{field: value})
    after = phone.fetch(If_None_Match=before.headers["etag"])
    assert after.status_code == 200
    one = phone.events()[str(row.id)]
    assert value in str(one[shown])
    assert (int(one["SEQUENCE"]), one.decoded("LAST-MODIFIED")) == (1, clock.now)


@pytest.mark.parametrize(
    ("field", "value"), [("capacity", 12), ("join_link", "https://live.example/secret-room")]
)
def test_what_no_app_is_shown_moves_nothing(
    phone: Device, services: Services, made: Season, clock: Clock, field: str, value: Any
) -> None:
    before = phone.fetch()
    clock.forward(minutes=5)
    change(services, made.sessions[0], **{field: value})
    assert phone.fetch(If_None_Match=before.headers["etag"]).status_code == 304
    assert phone.fetch().content == before.content


def test_cancelled_stays_as_cancelled_for_a_while_and_then_leaves(
    phone: Device, services: Services, made: Season, clock: Clock
) -> None:
    row = made.sessions[0]
    cancel(services, row)
    one = phone.events()[str(row.id)]
    assert (str(one["STATUS"]), str(one["SUMMARY"])) == ("CANCELLED", "Cancelled: Evening 1")
    assert (int(one["SEQUENCE"]), str(one["TRANSP"])) == (1, "TRANSPARENT")
    clock.now = row.starts_at + CANCELLED_FOR + jitter(phone.row) - timedelta(seconds=1)
    assert str(row.id) in phone.events()
    clock.now += timedelta(seconds=1)
    assert phone.titles() == ["Evening 2", "Evening 3"]


def test_reinstated_is_confirmed_with_a_higher_sequence(
    phone: Device, services: Services, made: Season
) -> None:
    row = made.sessions[0]
    cancel(services, row)
    reinstate(services, row)
    one = phone.events()[str(row.id)]
    assert (str(one["STATUS"]), int(one["SEQUENCE"])) == ("CONFIRMED", 2)
    assert str(one["SUMMARY"]) == "Evening 1"


def test_past_sessions_stay_for_a_while_and_a_feed_is_never_empty(
    phone: Device, made: Season, clock: Clock
) -> None:
    clock.now = made.sessions[0].ends_at + KEEP_PAST + jitter(phone.row) - timedelta(seconds=1)
    assert len(phone.events()) == 3
    clock.now += timedelta(seconds=1)
    assert len(phone.events()) == 2
    clock.now = made.sessions[2].ends_at + KEEP_PAST + jitter(phone.row)
    (only,) = phone.events().values()
    assert "No sessions" in str(only["SUMMARY"])
    assert str(only["TRANSP"]) == "TRANSPARENT"


def test_feeds_drop_what_is_over_at_different_times_of_a_day(
    client: TestClient, services: Services, made: Season
) -> None:
    fan = people.holder(services, made.organizer_id)
    late = [
        jitter(subscribe(client, services, made.organizer_id, fan.id, str(n)).row)
        for n in range(20)
    ]
    assert len(set(late)) == 20
    assert all(timedelta() <= one < timedelta(days=1) for one in late)


def test_a_clock_that_steps_back_moves_no_counter_back(
    phone: Device, services: Services, made: Season, clock: Clock
) -> None:
    """Two servers five minutes apart, two edits within a second: whatever the clocks say."""
    row = made.sessions[0]
    seen: list[tuple[Any, ...]] = []
    for step in (0, -300, 0, 0, 300):
        clock.forward(seconds=step)
        change(services, row, title=f"Evening {len(seen)}")
        answer = phone.fetch()
        one = events(answer.content)[str(row.id)]
        modified = parsedate_to_datetime(answer.headers["last-modified"])
        seen.append(
            (int(one["SEQUENCE"]), one.decoded("LAST-MODIFIED"), modified, answer.headers["etag"])
        )
        assert phone.fetch(If_Modified_Since=answer.headers["last-modified"]).status_code == 304
    for before, after in pairwise(seen):
        assert after[0] == before[0] + 1
        assert after[1] >= before[1]
        assert after[2] > before[2]
        assert after[3] != before[3]


def test_two_whole_days_are_dates_with_an_exclusive_end_wherever_they_are_read(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made = season(services, "workshop")
    with services.database.transaction() as session:
        row = sessions.create(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            details=sessions.Details(
                title="Workshop",
                starts_at=datetime(2027, 6, 4, 22, 0, tzinfo=UTC),  # midnight in Berlin
                ends_at=datetime(2027, 6, 6, 22, 0, tzinfo=UTC),
                time_zone="Europe/Berlin",
                all_day=True,
            ),
            now=clock(),
        )
    opened = more(services, made)
    held = issue(services, Season(made.organizer, made.owner, made.calendar, [row], opened))
    device = subscribe(client, services, made.organizer_id, held.row.holder_id)
    one = device.events()[str(row.id)]
    assert (one.decoded("DTSTART"), one.decoded("DTEND")) == (date(2027, 6, 5), date(2027, 6, 7))
    assert [
        (found["start"], found["end"])
        for found in node.expand(device.fetch().content)
        if found["uid"] == str(row.id)
    ] == [("2027-06-05", "2027-06-07")]


def more(services: Services, made: Season, **draft: Any) -> Any:
    """Open another Series over the present sessions of the calendar."""
    from passes_service.catalog import series, terms
    from tests.season import DRAFT

    with services.database.transaction() as session:
        scope = {"organizer_id": made.organizer_id, "calendar_id": made.calendar.id}
        document = terms.draft(
            session, **scope, typed={**DRAFT, "title": "Another pass", "cap": 3, **draft}
        )
        name = terms.publish(session, **scope, document=document, now=services.clock())
        return series.open_series(
            session,
            organizer_id=made.organizer_id,
            terms_hash=name,
            price=Money(9_000, "EUR"),
            now=services.clock(),
        )
