"""A writer that holds no pass and comes between reading and writing is respected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlmodel import Session

from passes_service.checkin import settling
from passes_service.checkin.errors import NonceReused
from passes_service.checkin.looking import Case
from passes_service.checkin.settling import Overtaken
from passes_service.db.models import CheckIn, Scan
from tests.checkin.evening import Evening, nonce
from tests.checkin.grouped import asked, settle

Between = Callable[[Session, Sequence[Case]], None]


def come_between(monkeypatch: pytest.MonkeyPatch, act: Between) -> None:
    """Let something happen once, after everything was read: no thread hits that gap on demand."""
    sound = settling._fresh
    done: list[bool] = []

    def fresh(session: Session, cases: Sequence[Case]) -> list[bool]:
        found = sound(session, cases)
        if not done:
            done.append(True)
            act(session, cases)
            session.flush()
        return found

    monkeypatch.setattr(settling, "_fresh", fresh)


def enters(night: Evening) -> Between:
    """Return a writer that lets the first pass in."""

    def act(session: Session, cases: Sequence[Case]) -> None:
        known, ask = cases[0].known, cases[0].ask
        assert known is not None
        session.add(
            CheckIn(
                organizer_id=night.organizer_id,
                pass_row_id=known.row.id,
                session_id=ask.session_id,
                scope=f"session:{ask.session_id}",
                gate_id=ask.gate.id,
                created_at=ask.now,
            )
        )

    return act


def scans(night: Evening, **changes: Any) -> Between:
    """Return a writer that stores a scan under the nonce of the first case."""

    def act(session: Session, cases: Sequence[Case]) -> None:
        ask = cases[0].ask
        known: dict[str, Any] = {
            "gate_id": ask.gate.id,
            "session_id": ask.session_id,
            "nonce": ask.nonce,
            "fingerprint": ask.fingerprint("enter"),
            "code": "UNKNOWN",
            "sentence": "No pass with number 9 opens this session.",
            "decided_by": "code",
            "created_at": ask.now,
        }
        session.add(Scan(organizer_id=night.organizer_id, **(known | changes)))

    return act


def test_entry_that_came_between_makes_a_duplicate(
    night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = night.code(night.issue())
    come_between(monkeypatch, enters(night))

    outcome = night.scan(code)

    assert outcome.code == "DUPLICATE"
    assert outcome.sentence == "This pass already came in at 19:50 at Main door."
    assert len(night.admissions()) == len(night.scans()) == 1


def test_entry_that_came_between_undoes_a_group(
    night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = [night.code(night.issue(f"fan{one}@example.org")) for one in range(2)]
    come_between(monkeypatch, enters(night))

    with pytest.raises(Overtaken):
        settle(night, [asked(night, code) for code in codes])

    assert night.admissions() == []
    assert night.scans() == []


def test_equal_scan_that_came_between_has_given_the_answer(
    night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = nonce()
    come_between(monkeypatch, scans(night, typed=True))

    outcome = night.scan("9", nonce=once)

    assert outcome.code == "UNKNOWN"
    assert outcome.decided is not None
    assert [one.id for one in night.scans()] == [outcome.decided.scan_id]


def test_other_scan_that_came_between_keeps_the_nonce(
    night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_between(monkeypatch, scans(night, fingerprint=b"other"))

    with pytest.raises(NonceReused):
        night.scan("9")


def test_nonce_that_was_taken_meanwhile_lets_nobody_in(
    night: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = night.code(night.issue())
    come_between(monkeypatch, scans(night, fingerprint=b"other"))

    with pytest.raises(NonceReused):
        night.scan(code)

    assert night.admissions() == []
