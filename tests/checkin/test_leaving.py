"""Going out, coming back, and taking an admission back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.checkin.errors import AnnulTooLate
from passes_service.checkin.outcome import ScanCode
from tests.checkin.evening import Evening, evening
from tests.fakes import Clock

COME_AND_GO = {"mode": "once_per_session", "reentry": True, "doors_minutes_before": 30}


@pytest.fixture
def open_house(services: Services, clock: Clock) -> Evening:
    return evening(services, clock, entry=COME_AND_GO)


def test_recorded_exit_allows_one_more_entry(open_house: Evening, clock: Clock) -> None:
    code = open_house.code(open_house.issue())
    first = open_house.scan(code)
    assert open_house.scan(code).code is ScanCode.DUPLICATE
    clock.forward(minutes=20)

    gone = open_house.leave(code)
    back = open_house.scan(code)

    assert (gone.code, gone.sentence) == (ScanCode.EXIT, "Goodbye. Come back any time.")
    assert gone.check_in_id == first.check_in_id
    assert (back.code, back.number) == (ScanCode.ADMIT, 2)
    assert back.sentence == "Welcome back, come in."
    assert open_house.scan(code).code is ScanCode.DUPLICATE


def test_exit_does_not_bring_back_where_the_terms_say_so(night: Evening) -> None:
    code = night.code(night.issue())
    night.scan(code)

    gone = night.leave(code)
    again = night.scan(code)

    assert gone.sentence == "Goodbye. This entry is used up."
    assert again.code is ScanCode.DUPLICATE
    assert again.decided_by == "entry.reentry"


def test_nobody_leaves_who_did_not_come_in(night: Evening) -> None:
    code = night.code(night.issue())

    assert night.leave(code).code is ScanCode.NOT_INSIDE
    night.scan(code)
    assert night.leave(code).code is ScanCode.EXIT
    assert night.leave(code).code is ScanCode.NOT_INSIDE


def test_exit_with_a_foreign_or_broken_code_says_so(night: Evening) -> None:
    assert night.leave("EP1:X").code is ScanCode.MALFORMED
    assert night.leave("7").code is ScanCode.UNKNOWN


def test_whoever_is_inside_may_leave_with_the_code_they_came_with(open_house: Evening) -> None:
    held = open_house.issue()
    code = open_house.code(held)
    open_house.scan(code)
    open_house.reissue(held)

    assert open_house.leave(code).code is ScanCode.EXIT
    assert open_house.scan(code).code is ScanCode.STALE
    assert open_house.scan(open_house.code(held)).code is ScanCode.ADMIT


def test_annulled_admission_keeps_its_row_and_frees_its_number(night: Evening) -> None:
    code = night.code(night.issue())
    first = night.scan(code)

    night.annul(first)
    second = night.scan(code)

    assert (second.code, second.number) == (ScanCode.ADMIT, 1)
    kept, new = night.admissions()
    assert (kept.annulled_at is not None, kept.annulled_by) == (True, "gate:test")
    assert (kept.number, new.number, new.annulled_at) == (1, 1, None)
    assert night.events().count("admission.annulled") == 1


def test_annulling_twice_changes_nothing(night: Evening) -> None:
    first = night.scan(night.code(night.issue()))

    night.annul(first)
    night.annul(first)

    assert night.events().count("admission.annulled") == 1


def test_annulled_scan_says_so_when_it_is_repeated(night: Evening) -> None:
    code = night.code(night.issue())
    first = night.scan(code, nonce="abcdefgh")
    night.annul(first)

    again = night.scan(code, nonce="abcdefgh")

    assert (again.code, again.annulled) == (ScanCode.ADMIT, True)


def test_after_fifteen_minutes_an_admission_stands(night: Evening, clock: Clock) -> None:
    first = night.scan(night.code(night.issue()))
    clock.forward(minutes=15, seconds=1)

    with pytest.raises(AnnulTooLate):
        night.annul(first)

    assert night.admissions()[0].annulled_at is None


def test_gate_of_other_sessions_cannot_annul(night: Evening) -> None:
    first = night.scan(night.code(night.issue()))
    other = gates.ref(night.enrol("Next week", night.made.sessions[1].id).gate)

    with pytest.raises(NotFound):
        night.annul(first, other)


def test_annulling_an_entry_in_the_middle_never_gives_a_number_twice(
    open_house: Evening, clock: Clock
) -> None:
    code = open_house.code(open_house.issue())
    outcomes = []
    for _ in range(3):
        outcomes.append(open_house.scan(code))
        clock.forward(minutes=1)
        open_house.leave(code)
    second = open_house.admissions()[1]
    open_house.annul(outcomes[1])

    assert [one.number for one in outcomes] == [1, 2, 3]
    assert open_house.scan(code).number == 4
    assert clock() - second.created_at < timedelta(minutes=15)
