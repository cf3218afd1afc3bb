"""While a claim is open nothing else happens to the pass; of two that come at once one wins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.checkin import gates
from passes_service.checkin import service as checkin
from passes_service.checkin.outcome import ScanCode
from passes_service.checkin.service import Ask
from passes_service.claims.errors import ClaimRefused, ClaimSeriesAbsent, ClaimWalletUnproven
from passes_service.core.contract_data import LIFE_SECONDS
from passes_service.db.models import ChainSeries, HolderWallet, OutboxEvent, TransferOffer
from passes_service.passes import proofs
from passes_service.passes import service as passes
from passes_service.passes.errors import PassInactive
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.refunds.errors import RefundRefused
from passes_service.transfers.errors import OfferEnded, TransferRefused
from tests import people
from tests.claims.stage import Stage, mint_seen, stage
from tests.fakes import Clock
from tests.transfers import acts

WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


@pytest.fixture
def here(services: Services) -> Stage:
    return stage(services, WALLET)


def refund(session: Session, held: Held, services: Services) -> Any:
    return refunds.request(session, held, actor="test", now=services.clock())


class TestALockedPass:
    def test_says_what_may_be_signed_and_for_how_long(self, here: Stage, clock: Clock) -> None:
        found = here.open()

        document = found.document
        assert here.again().row.state == "claiming"
        assert document.to == WALLET
        assert document.epoch == here.held.row.epoch
        assert document.not_before < clock.now.timestamp() < document.deadline
        assert document.deadline - document.not_before <= LIFE_SECONDS
        assert found.claim.signature == ""
        with here.services.database.reading() as session:
            kinds = session.exec(select(OutboxEvent.type)).all()
        assert "claim.opened" in kinds

    def test_is_not_given_up(self, here: Stage) -> None:
        here.open()

        with pytest.raises(RefundRefused), here.services.database.transaction() as session:
            refund(session, here.again(), here.services)

    def test_is_not_offered(self, here: Stage) -> None:
        here.open()

        with pytest.raises(TransferRefused):
            acts.offer(here.services, here.held)

    def test_is_not_handed_over_by_an_offer_made_before(self, here: Stage) -> None:
        made = acts.offer(here.services, here.held)
        friend = people.holder(here.services, here.made.organizer_id, acts.FRIEND)
        here.open()

        with pytest.raises(OfferEnded):
            acts.act(here.services, "accept", made, friend.id)
        with here.services.database.reading() as session:
            assert session.get_one(TransferOffer, (made.organizer_id, made.id)).state == "withdrawn"

    def test_shows_no_code_and_no_voucher(self, here: Stage) -> None:
        here.open()

        with pytest.raises(PassInactive):
            proofs.sign_voucher(here.again(), keys=here.services.keyring, now=here.services.clock())

    @pytest.mark.parametrize("act", ["reissue", "void"])
    def test_is_neither_reissued_nor_withdrawn(self, here: Stage, act: str) -> None:
        here.open()
        reason = {"reason": "test"} if act == "void" else {}

        with pytest.raises(PassInactive), here.services.database.transaction() as session:
            getattr(passes, act)(
                session, here.again().row, actor="test", now=here.services.clock(), **reason
            )

    def test_opens_no_door(self, services: Services, clock: Clock) -> None:
        here = stage(services, WALLET)
        with services.database.reading() as session:
            document = terms.get(
                session, organizer_id=here.made.organizer_id, terms_hash=here.made.series.terms_hash
            )
        code = proofs.sign_code(here.held, document, keys=services.keyring, now=clock.now).text
        here.open()
        with services.database.transaction() as session:
            main = gates.enrol(
                session,
                organizer_id=here.made.organizer_id,
                name="Main door",
                session_ids=[],
                random=bytes(32),
                now=clock.now,
            )
        clock.now = here.made.sessions[0].starts_at - timedelta(minutes=10)
        ask = Ask(
            organizer_id=here.made.organizer_id,
            gate=gates.ref(main.gate),
            session_id=here.made.sessions[0].id,
            text=code,
            nonce="a-nonce-of-a-scan",
            public_keys=services.keyring.gate_public_keys(clock.now),
            now=clock.now,
        )
        with services.database.transaction() as session:
            said = checkin.scan(session, ask, force_reason="the host insists")

        assert said.code is not ScanCode.ADMIT
        assert said.check_in_id is None

    def test_is_not_locked_twice(self, here: Stage) -> None:
        here.open()

        refused(here, "pass-claiming")


def refused(here: Stage, code: str, **changes: Any) -> None:
    with pytest.raises(ClaimRefused) as told:
        here.open(**changes)
    assert told.value.members["decision"]["code"] == code


class TestWhatCannotBeClaimed:
    def test_a_pass_that_was_given_up(self, here: Stage) -> None:
        with here.services.database.transaction() as session:
            refund(session, here.again(), here.services)

        refused(here, "pass-refunded")

    def test_a_pass_that_was_withdrawn(self, here: Stage) -> None:
        with here.services.database.transaction() as session:
            row = here.again().row
            passes.void(session, row, reason="x", actor="test", now=here.services.clock())

        refused(here, "pass-void")

    def test_a_token(self, here: Stage) -> None:
        mint_seen(here, here.open())

        refused(here, "pass-on-chain")

    @pytest.mark.parametrize("minutes", [120, 0])
    def test_a_pass_near_doors_until_the_session_ends(
        self, here: Stage, clock: Clock, minutes: int
    ) -> None:
        doors = here.made.sessions[0].starts_at - timedelta(minutes=30)
        clock.now = doors - timedelta(minutes=minutes)
        refused(here, "claim-near-doors")

        clock.now = here.made.sessions[0].ends_at
        assert here.open().claim.state == "open"

    def test_a_pass_so_near_to_that_time_that_nothing_could_be_done(
        self, here: Stage, clock: Clock
    ) -> None:
        quiet = here.made.sessions[0].starts_at - timedelta(minutes=150)
        clock.now = quiet - timedelta(seconds=119)
        refused(here, "claim-open")

        clock.now = quiet - timedelta(minutes=3)
        assert here.open().claim.deadline == quiet  # what is signed is over by then

    def test_a_pass_to_a_wallet_that_nobody_proved(self, here: Stage) -> None:
        with pytest.raises(ClaimWalletUnproven):
            here.open(recipient=OTHER)
        with here.services.database.transaction() as session:
            session.add(
                HolderWallet(
                    organizer_id=here.made.organizer_id,
                    holder_id=here.held.row.holder_id,
                    address=OTHER,
                    verified_at=None,
                    created_at=here.services.clock(),
                )
            )
        with pytest.raises(ClaimWalletUnproven):
            here.open(recipient=OTHER)
        assert here.again().row.state == "active"

    @pytest.mark.parametrize(
        "change", [{"state": "prepared"}, {"chain_id": 1}, None], ids=["asked", "other", "none"]
    )
    def test_a_pass_of_a_series_that_is_not_on_that_chain(
        self, here: Stage, change: dict[str, Any] | None
    ) -> None:
        with here.services.database.transaction() as session:
            key = (here.made.organizer_id, here.made.series.id)
            row = session.get_one(ChainSeries, key)
            if change is None:
                session.delete(row)
            for name, value in (change or {}).items():
                setattr(row, name, value)

        with pytest.raises(ClaimSeriesAbsent):
            here.open()

    def test_a_pass_whose_transfers_cost_something(self, services: Services) -> None:
        fee = {"allowed": True, "frozen_minutes": 60, "fee_minor": 100, "fee_currency": "EUR"}
        costly = stage(services, WALLET, transfer=fee)

        refused(costly, "claim-has-fee")
