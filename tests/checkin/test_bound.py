"""Live codes at the door: fresh ones of the bound phone come in, everything copied does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.checkin import gates
from passes_service.checkin.outcome import ScanCode
from passes_service.core import qr, qr_bound, qr_step
from passes_service.passes import devices
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening
from tests.fakes import Clock
from tests.phones import Phone


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def held(night: Evening, clock: Clock, phone: Phone) -> Held:
    """A pass whose phone was bound the day before."""
    issued = night.issue()
    bind(night, clock, issued, phone)
    return night.again(issued)


def bind(night: Evening, clock: Clock, held: Held, phone: Phone) -> None:
    tonight, clock.now = clock.now, clock.now - timedelta(days=1)
    phone.bind(night.services, held)
    clock.now = tonight


def shown(night: Evening, held: Held, phone: Phone, seconds: float = 0) -> str:
    """Return the code that the phone showed so many seconds ago."""
    made = night.services.clock() - timedelta(seconds=seconds)
    return phone.code(held, held.row.epoch, made)


@pytest.mark.parametrize("seconds", [0, 14, 44, 45, -44, -45])
def test_live_code_of_the_bound_phone_comes_in(
    night: Evening, held: Held, phone: Phone, seconds: int
) -> None:
    outcome = night.scan(shown(night, held, phone, seconds))

    assert (outcome.code, outcome.pass_label) == (ScanCode.ADMIT, "1 of 5")


@pytest.mark.parametrize("seconds", [46, 60, 86_400, -46, -3_600])
def test_picture_of_a_code_and_a_code_of_the_future_are_refused(
    night: Evening, held: Held, phone: Phone, seconds: int
) -> None:
    outcome = night.scan(shown(night, held, phone, seconds))

    assert (outcome.code, outcome.pass_label) == (ScanCode.STALE, "1 of 5")
    assert "show the live code, not a picture" in outcome.sentence
    assert night.admissions() == []


def test_picture_works_for_nobody_after_the_live_code_either(
    night: Evening, clock: Clock, held: Held, phone: Phone
) -> None:
    code = shown(night, held, phone)
    assert night.scan(code).code is ScanCode.ADMIT

    clock.now += timedelta(seconds=60)

    assert night.scan(code).code is ScanCode.STALE
    assert night.scan(shown(night, held, phone)).code is ScanCode.DUPLICATE


def test_same_live_code_at_two_gates_within_its_seconds_admits_once(
    night: Evening, held: Held, phone: Phone
) -> None:
    code = shown(night, held, phone)
    side = gates.ref(night.enrol("Side door").gate)

    assert night.scan(code).code is ScanCode.ADMIT
    second = night.scan(code, gate=side)

    assert second.code is ScanCode.DUPLICATE
    assert second.sentence == "This pass already came in at 19:50 at Main door."
    assert len(night.admissions()) == 1


def test_old_code_on_paper_is_stale_once_a_phone_is_bound(
    night: Evening, clock: Clock, phone: Phone
) -> None:
    held = night.issue()
    paper = night.code(held)
    bind(night, clock, held, phone)

    assert night.scan(paper).code is ScanCode.STALE


def test_code_on_paper_of_the_phones_own_epoch_is_refused_as_well(
    night: Evening, held: Held
) -> None:
    now = night.services.clock()
    paper = qr.sign_static(
        pass_number=held.row.pass_id,
        epoch=held.row.epoch,
        organizer_id=night.organizer_id,
        issued_at=now - timedelta(hours=1),
        expires_at=now + timedelta(days=1),
        key=night.services.keyring.gate.private_key,
    )

    outcome = night.scan(paper)

    assert outcome.code is ScanCode.STALE
    assert outcome.sentence == (
        "This pass shows its code on a phone now; a picture of an old code does not open the door."
    )


def test_paper_asked_for_again_comes_in_and_the_phone_does_not(
    night: Evening, clock: Clock, held: Held, phone: Phone
) -> None:
    tonight, clock.now = clock.now, clock.now - timedelta(days=1)
    with night.services.database.transaction() as session:
        devices.unbind(
            session,
            organizer_id=night.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            now=clock(),
        )
    clock.now = tonight

    assert night.scan(shown(night, held, phone)).code is ScanCode.STALE
    assert night.scan(night.code(held)).code is ScanCode.ADMIT


def test_replaced_phone_is_out_of_date_and_the_host_hears_whose_pass_it_was(
    night: Evening, clock: Clock, held: Held, phone: Phone
) -> None:
    old = shown(night, held, phone)
    bind(night, clock, held, Phone("new"))

    outcome = night.scan(old)

    assert (outcome.code, outcome.pass_label) == (ScanCode.STALE, "1 of 5")
    assert "show the new one" in outcome.sentence
    assert outcome.forceable


def test_made_up_code_of_another_epoch_names_no_pass_and_cannot_be_forced(
    night: Evening, clock: Clock, held: Held
) -> None:
    bind(night, clock, held, Phone("new"))  # so that the epoch before had a phone, too
    stranger = Phone()
    for epoch in (0, 1, 2, 4, 4_294_967_295):
        code = stranger.code(held, epoch, night.services.clock())
        outcome = night.scan(code, force_reason="looks fine")

        assert (outcome.code, outcome.pass_id, outcome.forceable) == (ScanCode.STALE, None, False)
    assert night.admissions() == []


def test_code_by_another_key_is_not_genuine(night: Evening, clock: Clock, held: Held) -> None:
    other = night.issue("other@example.org")
    theirs = Phone()
    bind(night, clock, other, theirs)

    outcome = night.scan(shown(night, held, theirs))

    assert outcome.code is ScanCode.BAD_SIGNATURE
    assert outcome.pass_id is None


def test_live_code_of_a_pass_without_a_phone_is_not_genuine(night: Evening) -> None:
    held = night.issue()

    assert night.scan(shown(night, held, Phone())).code is ScanCode.BAD_SIGNATURE


def test_live_code_of_a_number_that_was_never_issued_is_unknown(
    night: Evening, held: Held, phone: Phone
) -> None:
    code = qr_bound.sign_bound(
        pass_number=held.row.pass_id + 1,
        epoch=held.row.epoch,
        organizer_id=night.organizer_id,
        now=night.services.clock(),
        key=phone.key,
    )

    assert night.scan(code).code is ScanCode.UNKNOWN


def test_time_step_codes_are_nobodys_yet(night: Evening, held: Held) -> None:
    code = qr_step.make_time_step(
        secret=bytes(20),
        pass_number=held.row.pass_id,
        epoch=held.row.epoch,
        organizer_id=night.organizer_id,
        now=night.services.clock(),
    )

    assert night.scan(code).code is ScanCode.BAD_SIGNATURE


def test_withdrawn_pass_is_revoked_however_live_its_code_is(
    night: Evening, held: Held, phone: Phone
) -> None:
    with night.services.database.transaction() as session:
        passes.void(session, held.row, reason="disputed", actor="t", now=night.services.clock())

    assert night.scan(shown(night, held, phone)).code is ScanCode.REVOKED


def test_whoever_came_in_by_phone_leaves_by_phone(night: Evening, held: Held, phone: Phone) -> None:
    night.scan(shown(night, held, phone))

    assert night.leave(shown(night, held, phone)).code is ScanCode.EXIT


def test_token_comes_in_by_the_phone_that_its_owner_bound(
    night: Evening, clock: Clock, phone: Phone
) -> None:
    held = night.issue()
    with night.services.database.transaction() as session:
        passes.swap(session, held.row, {"state": "on_chain"})
    bind(night, clock, held, phone)

    assert night.scan(shown(night, night.again(held), phone)).code is ScanCode.ADMIT
