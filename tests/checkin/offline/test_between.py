"""What became of a pass between a gate's list and its scan: transferred, refunded, claimed."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkin import gates
from passes_service.db.models import Pass, PassClaim, Refund
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import service as transfers
from passes_service.transfers.errors import TransferRefused
from tests import people
from tests.checkin.evening import FAN, Evening, post
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.claims.stage import Stage, stage
from tests.fakes import Clock

FRIEND = "friend@example.org"
WALLET = "0x" + "2" * 40
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def at(night: Evening, moment: datetime) -> datetime:
    """Set the clock of the test; return the moment."""
    night.services.clock.now = moment  # type: ignore[attr-defined]
    return moment


def afternoon(night: Evening) -> datetime:
    return at(night, night.first.starts_at - 5 * HOUR)


def doors(night: Evening) -> datetime:
    return at(night, night.first.starts_at - 5 * MINUTE)


def hand_over(night: Evening, held: Held) -> None:
    """Offer the pass to a friend, who accepts."""
    giver = people.holder(night.services, night.organizer_id, FAN)
    taker = people.holder(night.services, night.organizer_id, FRIEND)
    mine: dict[str, Any] = {"organizer_id": night.organizer_id, "now": night.services.clock()}
    with night.services.database.transaction() as session:
        offer = transfers.offer(
            session,
            holder_id=giver.id,
            pass_id=held.row.pass_id,
            recipient=FRIEND,
            **mine,
        )
        transfers.accept(session, holder_id=taker.id, offer_id=offer.id, **mine)


def conflicts(gate: LoneGate) -> list[str | None]:
    return [one["conflict"] and one["conflict"]["code"] for one in gate.results()]


def test_transferred_in_the_afternoon_the_old_code_is_a_conflict_and_the_new_holder_is_in(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    afternoon(night)
    held = night.issue()
    old = night.code(held)
    hand_over(night, held)
    doors(night)
    east.enter(old, held.row.pass_id)  # by a list from before

    assert conflicts(east) == ["STALE"]
    assert post(client, night, night.code(held)).json()["code"] == "ADMIT"


def test_at_a_quarter_past_the_pass_no_longer_changes_hands_and_the_entry_stands(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    eight = at(night, night.first.starts_at)
    east.enter(night.code(held), held.row.pass_id)
    at(night, eight + 15 * MINUTE)

    with pytest.raises(TransferRefused):
        hand_over(night, held)
    assert conflicts(east) == [None]
    night.reissue(held)  # a new code is no new entry either
    assert post(client, night, night.code(held)).json()["code"] == "DUPLICATE"


def test_refunded_in_the_afternoon_the_entry_is_a_conflict_and_the_money_is_as_quoted(
    night: Evening, east: LoneGate
) -> None:
    afternoon(night)
    at(night, night.first.starts_at - timedelta(days=15))
    held = night.issue()
    code = night.code(held)
    with night.services.database.transaction() as session:
        again = night.again(held)
        owed = refunds.request(session, again, actor="test", now=night.services.clock())
    doors(night)
    east.enter(code, held.row.pass_id)

    assert conflicts(east) == ["REVOKED"]
    [refund] = night.every(Refund)  # type: ignore[type-var]  # every table has an id
    assert (refund.id, refund.amount_minor) == (owed.id, 6_000)


def test_refunded_after_the_entry_and_before_the_upload_the_entry_stands(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    moment = doors(night)
    east.enter(night.code(held), held.row.pass_id)
    at(night, moment + 3 * HOUR)
    with night.services.database.transaction() as session:
        row = night.again(held).row
        passes.void(session, row, reason="disputed", actor="test", now=night.services.clock())

    assert conflicts(east) == [None]


class TestClaimed:
    """A pass on its way to a wallet, and what follows."""

    @pytest.fixture
    def plan(self, services: Services, clock: Clock) -> Stage:
        made = stage(services, WALLET)
        clock.now = made.made.sessions[0].starts_at - 5 * HOUR
        return made

    @pytest.fixture
    def night(self, services: Services, plan: Stage) -> Evening:
        with services.database.transaction() as session:
            main = gates.enrol(
                session,
                organizer_id=plan.made.organizer_id,
                name="Main door",
                session_ids=[],
                random=secrets.token_bytes(32),
                now=services.clock(),
            )
        return Evening(services, plan.made, main)

    @pytest.fixture
    def east(self, client: TestClient, night: Evening) -> LoneGate:
        return lone_gate(client, night, "East")

    def test_locked_for_a_wallet_the_pass_opens_no_door(
        self, plan: Stage, night: Evening, east: LoneGate
    ) -> None:
        code = night.code(plan.held)
        plan.open()
        doors(night)
        east.enter(code, plan.held.row.pass_id)

        assert conflicts(east) == ["REVOKED"]

    def test_become_a_token_the_code_of_the_book_is_old_and_that_of_the_token_lets_in(
        self, plan: Stage, night: Evening, east: LoneGate
    ) -> None:
        old = night.code(plan.held)
        _become(night, plan, "on_chain", "claimed")
        doors(night)
        east.enter(old, plan.held.row.pass_id)
        east.enter(night.code(plan.held), plan.held.row.pass_id, epoch=2)

        assert conflicts(east) == ["STALE", None]

    def test_given_up_the_day_after_the_token_was_good_in_the_evening(
        self, plan: Stage, night: Evening, east: LoneGate
    ) -> None:
        _become(night, plan, "on_chain", "claimed")
        moment = doors(night)
        east.enter(night.code(plan.held), plan.held.row.pass_id, epoch=2)
        at(night, moment + timedelta(days=1))
        _end(night, plan)

        assert conflicts(east) == [None]

    def test_lapsed_the_pass_is_back_under_a_new_code(
        self, plan: Stage, night: Evening, east: LoneGate
    ) -> None:
        old = night.code(plan.held)
        _become(night, plan, "active", "claim-released")
        moment = doors(night)
        east.enter(old, plan.held.row.pass_id)
        east.enter(night.code(plan.held), plan.held.row.pass_id, epoch=2)
        at(night, moment + timedelta(days=1))
        with night.services.database.transaction() as session:
            row = plan.again().row
            passes.void(session, row, reason="disputed", actor="test", now=night.services.clock())

        assert conflicts(east) == ["STALE", None]


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_gate_that_never_saw_the_services_clock_may_order_wrongly_but_lets_nobody_in_twice(
    client: TestClient, night: Evening, west: LoneGate, minutes: int
) -> None:
    lost = lone_gate(client, night, "Lost", wrong_by=minutes * MINUTE, offset=None)
    held = night.issue()
    moment = doors(night)
    west.enter(night.code(held), held.row.pass_id, at=moment)
    lost.enter(night.code(held), held.row.pass_id, at=moment + MINUTE)
    at(night, moment + HOUR)
    west.results()
    lost.results()

    stands = {row.gate_id: row.conflict_code for row in night.admissions()}
    first, second = (west, lost) if minutes > 0 else (lost, west)
    assert stands == {first.id: "", second.id: "DUPLICATE"}


def _become(night: Evening, plan: Stage, state: str, kind: str) -> None:
    """End an open claim as the indexer does, or the worker when it lapsed."""
    claim = plan.open().claim
    now = at(night, night.services.clock() + 20 * MINUTE)
    with night.services.database.transaction() as session:
        session.execute(
            update(PassClaim).where(col(PassClaim.id) == claim.id).values(state="released")
        )
        session.execute(
            update(Pass)
            .where(col(Pass.id) == plan.held.row.id)
            .values(state=state, epoch=col(Pass.epoch) + 1)
        )
        row = session.get_one(Pass, (night.organizer_id, plan.held.row.id))
        passes.note(session, row, kind, "As told.", actor="test", now=now)


def _end(night: Evening, plan: Stage) -> None:
    """Give a token up, as the indexer reads it."""
    with night.services.database.transaction() as session:
        session.execute(
            update(Pass).where(col(Pass.id) == plan.held.row.id).values(state="surrendered")
        )
        row = session.get_one(Pass, (night.organizer_id, plan.held.row.id))
        now = night.services.clock()
        passes.note(session, row, "surrendered", "Given up.", actor="test", now=now)
