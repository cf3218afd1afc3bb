"""Within what a pass admits once: a session, a local day, or nothing at all; never an epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.checkin.outcome import ScanCode
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests import people
from tests.checkin.evening import Evening, evening
from tests.fakes import Clock


def entry(mode: str, *, reentry: bool = False) -> dict[str, object]:
    return {"mode": mode, "reentry": reentry, "doors_minutes_before": 30}


def hand_over(night: Evening, held: Held, email: str) -> None:
    """Give the pass to somebody else, as an accepted offer does."""
    holder = people.holder(night.services, night.organizer_id, email)
    row = night.again(held).row
    with night.services.database.transaction() as session:
        passes.swap(session, row, {"holder_id": holder.id, "epoch": row.epoch + 1})


def test_transfer_after_an_entry_gives_no_second_entry(night: Evening, clock: Clock) -> None:
    held = night.issue()
    clock.now = night.first.starts_at
    old = night.code(held)
    assert night.scan(old).code is ScanCode.ADMIT

    clock.forward(minutes=15)
    hand_over(night, held, "friend@example.org")
    new = night.scan(night.code(held))

    assert new.code is ScanCode.DUPLICATE
    assert new.sentence == "This pass already came in at 20:00 at Main door."
    assert night.scan(old).code is ScanCode.STALE
    assert len(night.admissions()) == 1


def test_each_session_of_the_season_is_an_entry_of_its_own(night: Evening, clock: Clock) -> None:
    held = night.issue()
    codes = []
    for row in night.made.sessions:
        clock.now = row.starts_at
        codes.append(night.scan(night.code(held), session_id=row.id).code)

    assert codes == [ScanCode.ADMIT] * 3


@pytest.fixture
def festival(services: Services, clock: Clock) -> Evening:
    """Entry per day; the first session runs through two midnights in Berlin."""
    night = evening(services, clock, entry=entry("per_day"))
    now = clock.now
    clock.now = night.made.calendar.created_at
    details = sessions.details_of(night.first)
    with services.database.transaction() as session:
        row = sessions.change(
            session,
            organizer_id=night.organizer_id,
            session_id=night.first.id,
            details=sessions.Details(
                **{**vars(details), "ends_at": details.starts_at + timedelta(days=2)}
            ),
            now=clock(),
        )
    night.made.sessions[0] = row
    clock.now = now
    return night


def test_day_turns_at_local_midnight_not_at_midnight_in_greenwich(
    festival: Evening, clock: Clock
) -> None:
    code = festival.code(festival.issue())
    assert festival.scan(code).code is ScanCode.ADMIT
    assert festival.scan(code).code is ScanCode.DUPLICATE

    clock.now = datetime(2027, 3, 21, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Berlin
    before = festival.scan(code)
    clock.now = datetime(2027, 3, 21, 23, 0, tzinfo=UTC)
    after = festival.scan(code)

    assert before.code is ScanCode.DUPLICATE
    assert after.code is ScanCode.ADMIT
    assert festival.scan(code).code is ScanCode.DUPLICATE
    assert [one.scope for one in festival.admissions()] == ["day:2027-03-21", "day:2027-03-22"]


def test_day_is_shared_by_the_sessions_of_that_day(festival: Evening, clock: Clock) -> None:
    held = festival.issue()
    now = clock.now
    with festival.services.database.transaction() as session:
        second = festival.made.sessions[1]
        details = sessions.details_of(second)
        sessions.change(
            session,
            organizer_id=festival.organizer_id,
            session_id=second.id,
            details=sessions.Details(
                **{
                    **vars(details),
                    "starts_at": now + timedelta(minutes=20),
                    "ends_at": now + timedelta(hours=2),
                }
            ),
            now=now,
        )

    first = festival.scan(festival.code(held))
    second_scan = festival.scan(festival.code(held), session_id=second.id)

    assert (first.code, second_scan.code) == (ScanCode.ADMIT, ScanCode.DUPLICATE)


def test_unlimited_entry_counts_every_entry(services: Services, clock: Clock) -> None:
    night = evening(services, clock, entry=entry("unlimited"))
    code = night.code(night.issue())

    outcomes = [night.scan(code) for _ in range(3)]

    assert [one.code for one in outcomes] == [ScanCode.ADMIT] * 3
    assert [one.number for one in outcomes] == [1, 2, 3]


def test_duplicate_of_another_day_says_which(festival: Evening, clock: Clock) -> None:
    """A session that is one scope across midnight names the day of the first entry."""
    night = festival
    code = night.code(night.issue())
    night.scan(code)
    clock.now = datetime(2027, 3, 21, 23, 30, tzinfo=UTC)
    night.scan(code)
    clock.now = datetime(2027, 3, 22, 20, 0, tzinfo=UTC)

    outcome = night.scan(code)

    assert outcome.sentence == "This pass already came in at 00:30 at Main door."
