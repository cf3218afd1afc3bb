"""Each decision code, with the sentence the host can say, and what is kept of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.catalog import sessions
from passes_service.checkin import service
from passes_service.checkin.outcome import FORCEABLE, ScanCode
from passes_service.core import qr
from passes_service.keyring import Keyring
from passes_service.passes import service as passes
from tests.checkin.evening import Evening, another_series
from tests.fakes import Clock
from tests.season import issue, season


def test_admission_names_pass_and_holder_and_is_told_once(night: Evening) -> None:
    held = night.issue()

    outcome = night.scan(night.code(held))

    assert outcome.code is ScanCode.ADMIT
    assert outcome.sentence == "Welcome, come in."
    assert outcome.decided_by == "entry"
    assert (outcome.pass_label, outcome.series_title) == ("1 of 5", "Season pass")
    assert outcome.pass_id == held.row.pass_id
    [check_in] = night.admissions()
    assert (check_in.id, check_in.number) == (outcome.check_in_id, 1)
    assert check_in.scope == f"session:{night.first.id}"
    assert night.events().count("pass.admitted") == 1


def test_refused_scans_are_kept_and_admit_nobody(night: Evening) -> None:
    outcome = night.scan("EP1:NONSENSE")

    assert outcome.code is ScanCode.MALFORMED
    assert night.admissions() == []
    [kept] = night.scans()
    assert (kept.code, kept.sentence) == ("MALFORMED", outcome.sentence)


@pytest.mark.parametrize("typed", ["1", "#1", "no. 1", " 1 of 5 ", "1/5"])
def test_typed_number_admits(night: Evening, typed: str) -> None:
    night.issue()

    outcome = night.scan(typed)

    assert (outcome.code, outcome.typed) == (ScanCode.ADMIT, True)


def test_typed_pass_id_admits(night: Evening) -> None:
    held = night.issue()

    assert night.scan(str(held.row.pass_id)).code is ScanCode.ADMIT


def test_number_that_two_series_share_must_be_scanned(night: Evening, clock: Clock) -> None:
    held = night.issue()
    now, clock.now = clock.now, night.made.calendar.created_at
    with night.services.database.transaction() as session:
        vip = another_series(session, night, title="VIP pass", pass_type="vip")
        passes.issue(
            session,
            organizer_id=night.organizer_id,
            series_id=vip.id,
            holder_id=held.row.holder_id,
            actor="test",
            now=clock(),
        )
    clock.now = now

    outcome = night.scan("1")

    assert outcome.code is ScanCode.MALFORMED
    assert "scan the code" in outcome.sentence


@pytest.mark.parametrize("typed", ["2", "4294967295", "9999999999", str((1 << 96) + (5 << 32) + 1)])
def test_number_that_was_never_issued_is_unknown(night: Evening, typed: str) -> None:
    night.issue()

    assert night.scan(typed).code is ScanCode.UNKNOWN


@pytest.mark.parametrize("text", ["0", "-1", "1e3", "\u0661", "hello", "9" * 31, "EP1:"])
def test_anything_else_is_malformed(night: Evening, text: str) -> None:
    assert night.scan(text).code is ScanCode.MALFORMED


def test_void_pass_is_revoked(night: Evening) -> None:
    held = night.issue()
    code = night.code(held)
    with night.services.database.transaction() as session:
        passes.void(session, held.row, reason="disputed", actor="t", now=night.services.clock())

    outcome = night.scan(code)

    assert outcome.code is ScanCode.REVOKED
    assert "withdrawn" in outcome.sentence


def test_refunded_pass_is_revoked(night: Evening) -> None:
    held = night.issue()
    code = night.code(held)
    with night.services.database.transaction() as session:
        passes.swap(session, held.row, {"state": "refunded"})

    outcome = night.scan(code)

    assert outcome.code is ScanCode.REVOKED
    assert "paid back" in outcome.sentence


def test_pass_on_its_way_to_the_chain_does_not_enter(night: Evening) -> None:
    held = night.issue()
    code = night.code(held)
    with night.services.database.transaction() as session:
        passes.swap(session, held.row, {"state": "claiming"})

    assert night.scan(code).code is ScanCode.REVOKED


def test_a_token_enters_by_the_code_of_its_present_epoch_and_by_no_other(night: Evening) -> None:
    held = night.issue()
    of_the_book = night.code(held)
    with night.services.database.transaction() as session:
        passes.swap(session, held.row, {"state": "on_chain", "epoch": held.row.epoch + 1})

    assert night.scan(of_the_book).code is ScanCode.STALE
    assert night.scan(night.code(held)).code is ScanCode.ADMIT


def test_code_of_an_old_epoch_is_stale(night: Evening) -> None:
    held = night.issue()
    old = night.code(held)
    night.reissue(held)

    outcome = night.scan(old)

    assert outcome.code is ScanCode.STALE
    assert "show the new one" in outcome.sentence
    assert night.scan(night.code(held)).code is ScanCode.ADMIT


def test_code_of_another_key_is_not_genuine(night: Evening) -> None:
    code = night.code(night.issue())

    assert night.scan(code, public_keys=[]).code is ScanCode.BAD_SIGNATURE


def test_flipped_character_is_not_genuine(night: Evening) -> None:
    code = night.code(night.issue())
    flipped = code[:-9] + ("A" if code[-9] != "A" else "B") + code[-8:]

    assert night.scan(flipped).code in (ScanCode.BAD_SIGNATURE, ScanCode.MALFORMED)


def test_expired_code_names_its_pass_but_does_not_open(night: Evening) -> None:
    held = night.issue()
    now = night.services.clock()
    keys: Keyring = night.services.keyring
    old = qr.sign_static(
        pass_number=held.row.pass_id,
        epoch=1,
        organizer_id=night.organizer_id,
        issued_at=now - timedelta(days=2),
        expires_at=now,
        key=keys.gate.private_key,
    )

    outcome = night.scan(old)

    assert (outcome.code, outcome.pass_label) == (ScanCode.EXPIRED, "1 of 5")


def test_before_doors_and_after_the_end(night: Evening, clock: Clock) -> None:
    code = night.code(night.issue())

    clock.now = night.first.starts_at - timedelta(minutes=30, seconds=1)
    early = night.scan(code)
    clock.now = night.first.ends_at
    late = night.scan(code)

    assert early.code is ScanCode.TOO_EARLY
    assert early.sentence.endswith("They open on 21 March 2027, 19:30 CET.")
    assert late.code is ScanCode.TOO_LATE
    assert night.admissions() == []


def test_pass_for_other_sessions_hears_which_one_it_is_for(night: Evening, clock: Clock) -> None:
    held = night.issue()
    with night.services.database.transaction() as session:
        extra = sessions.create(
            session,
            organizer_id=night.organizer_id,
            calendar_id=night.made.calendar.id,
            details=sessions.details_of(night.first),
            now=clock(),
        )

    outcome = night.scan(night.code(held), session_id=extra.id)

    assert outcome.code is ScanCode.WRONG_SESSION
    assert "“Evening 1”, 21 March 2027, 20:00 CET" in outcome.sentence


def test_cancelled_session_opens_for_nobody(night: Evening, clock: Clock) -> None:
    code = night.code(night.issue())
    with night.services.database.transaction() as session:
        sessions.cancel(
            session, organizer_id=night.organizer_id, session_id=night.first.id, now=clock()
        )

    outcome = night.scan(code)

    assert outcome.code is ScanCode.WRONG_SESSION
    assert outcome.sentence == "This session is cancelled."


def test_simulation_says_the_same_and_writes_nothing(night: Evening) -> None:
    code = night.code(night.issue())

    with night.services.database.reading() as session:
        said = service.simulate(session, night.ask(code))

    assert (said.code, said.simulated, said.check_in_id) == (ScanCode.ADMIT, True, None)
    assert night.admissions() == []
    assert night.scans() == []
    assert night.scan(code).code is ScanCode.ADMIT


def test_host_may_overrule_with_a_reason_that_is_recorded(night: Evening) -> None:
    code = night.code(night.issue())
    night.scan(code)

    outcome = night.scan(code, force_reason="They only stepped out")

    assert (outcome.code, outcome.forced) == (ScanCode.ADMIT, True)
    assert outcome.decided_by == "force:DUPLICATE"
    first, second = night.admissions()
    assert (first.force_reason, second.force_reason) == ("", "They only stepped out")
    assert (first.number, second.number) == (1, 2)


def test_reason_where_nothing_is_refused_forces_nothing(night: Evening) -> None:
    outcome = night.scan(night.code(night.issue()), force_reason="just in case")

    assert (outcome.code, outcome.forced) == (ScanCode.ADMIT, False)


def test_nothing_forces_a_revoked_unknown_or_forged_pass(night: Evening) -> None:
    held = night.issue()
    code = night.code(held)
    forged = night.scan(code, public_keys=[], force_reason="please")
    unknown = night.scan("4", force_reason="please")
    with night.services.database.transaction() as session:
        passes.void(session, held.row, reason="disputed", actor="t", now=night.services.clock())
    revoked = night.scan(code, force_reason="please")

    assert forged.code is ScanCode.BAD_SIGNATURE
    assert unknown.code is ScanCode.UNKNOWN
    assert revoked.code is ScanCode.REVOKED
    assert night.admissions() == []
    assert ScanCode.REVOKED not in FORCEABLE


def test_pass_of_another_organizer_is_unknown(night: Evening, clock: Clock) -> None:
    now = clock.now
    clock.now = now - timedelta(days=20)
    other = season(night.services, "lumen")
    stranger = issue(night.services, other)
    clock.now = now
    foreign = qr.sign_static(
        pass_number=stranger.row.pass_id,
        epoch=1,
        organizer_id=other.organizer_id,
        issued_at=now - timedelta(days=1),
        expires_at=now + timedelta(days=1),
        key=night.services.keyring.gate.private_key,
    )

    assert night.scan(foreign).code is ScanCode.UNKNOWN
    assert night.scan(str(stranger.row.pass_id)).code is ScanCode.UNKNOWN
