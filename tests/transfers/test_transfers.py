"""A pass changes hands by the published Terms, or stays exactly where it is."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from eth_account import Account

from passes_service.accounts import holders
from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.db.models import Holder, HolderWallet, Pass
from passes_service.passes import queries
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.transfers import service
from passes_service.transfers.errors import AlreadyOffered, OfferEnded, TransferRefused
from passes_service.worker import schedule
from tests import people
from tests.catalog.acts import fresh
from tests.fakes import Clock
from tests.season import DRAFT, Season, issue, season
from tests.transfers.acts import FRIEND, act, listed, offer, state

WALLET = Account.from_key(b"\x02" * 32).address
SECOND = timedelta(seconds=1)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


@pytest.fixture
def friend(services: Services, made: Season) -> Holder:
    return people.holder(services, made.organizer_id, FRIEND)


class TestAnswers:
    def test_accepted_it_has_a_new_holder_and_a_new_epoch(
        self, services: Services, held: Held, friend: Holder
    ) -> None:
        row: Pass = act(services, "accept", offer(services, held), friend.id)
        assert (row.holder_id, row.epoch, row.transfers) == (friend.id, 2, 1)
        assert (row.payer_id, row.paid_minor) == (held.row.holder_id, 6_000)

    def test_of_declined_withdrawn_and_accepted_each_ends_the_offer(
        self, services: Services, held: Held, friend: Holder
    ) -> None:
        mine = held.row.holder_id
        for name, who in (("decline", friend.id), ("withdraw", mine), ("accept", friend.id)):
            made = offer(services, held)
            assert act(services, name, made, who)
            for again, whose in (
                ("decline", friend.id),
                ("withdraw", mine),
                ("accept", friend.id),
            ):
                with pytest.raises(OfferEnded):
                    act(services, again, made, whose)
        assert fresh(services, held).row.transfers == 1

    def test_to_a_wallet_it_carries_the_wallet(
        self, services: Services, held: Held, made: Season
    ) -> None:
        with services.database.transaction() as session:
            owner = holders.for_wallet(
                session, organizer_id=made.organizer_id, address=WALLET, now=services.clock()
            )
        row = act(services, "accept", offer(services, held, WALLET), owner.id)
        assert (row.holder_id, row.wallet) == (owner.id, WALLET)

    def test_only_who_has_proved_the_address_can_answer(
        self, services: Services, held: Held, made: Season
    ) -> None:
        with services.database.transaction() as session:
            unproved = holders.for_email(
                session,
                organizer_id=made.organizer_id,
                email=FRIEND,
                verified=False,
                now=services.clock(),
            )
            session.add(
                HolderWallet(
                    organizer_id=made.organizer_id,
                    holder_id=unproved.id,
                    address=WALLET,
                    created_at=services.clock(),
                )
            )
        for to in (FRIEND, WALLET):
            open_one = offer(services, held, to)
            for name in ("accept", "decline"):
                with pytest.raises(NotFound):
                    act(services, name, open_one, unproved.id)
            assert listed(services, made.organizer_id, unproved.id, "in") == []
            act(services, "withdraw", open_one, held.row.holder_id)

    def test_nobody_else_answers_and_only_the_holder_withdraws(
        self, services: Services, held: Held, made: Season, friend: Holder
    ) -> None:
        nosy = people.holder(services, made.organizer_id, "nosy@example.org")
        open_one = offer(services, held)
        for name, who in (
            ("accept", nosy.id),
            ("decline", held.row.holder_id),
            ("withdraw", friend.id),
        ):
            with pytest.raises(NotFound):
                act(services, name, open_one, who)
        assert state(services, open_one) == "offered"

    def test_another_organizers_offer_is_no_offer(
        self, services: Services, held: Held, friend: Holder
    ) -> None:
        rival = season(services, "rival")
        there = people.holder(services, rival.organizer_id, FRIEND)
        open_one = offer(services, held)
        with pytest.raises(NotFound), services.database.transaction() as session:
            service.accept(
                session,
                organizer_id=rival.organizer_id,
                holder_id=there.id,
                offer_id=open_one.id,
                now=services.clock(),
            )


class TestLists:
    def test_offers_go_out_and_come_in(
        self, services: Services, held: Held, made: Season, friend: Holder
    ) -> None:
        open_one = offer(services, held)
        assert listed(services, made.organizer_id, held.row.holder_id, "out") == [open_one.id]
        assert listed(services, made.organizer_id, held.row.holder_id, "in") == []
        assert listed(services, made.organizer_id, friend.id, "in") == [open_one.id]
        act(services, "decline", open_one, friend.id)
        assert listed(services, made.organizer_id, friend.id, "in") == []

    def test_one_open_offer_per_pass(self, services: Services, held: Held) -> None:
        offer(services, held)
        with pytest.raises(AlreadyOffered):
            offer(services, held, "other@example.org")

    def test_later_holders_do_not_read_to_whom_it_was_offered_before(
        self, services: Services, held: Held, friend: Holder
    ) -> None:
        first = offer(services, held, "ex@private.example")
        act(services, "withdraw", first, held.row.holder_id)
        act(services, "accept", offer(services, held), friend.id)
        with services.database.reading() as session:
            lines = queries.history(
                session, organizer_id=held.row.organizer_id, pass_row_id=held.row.id
            )
        said = " ".join(line.sentence for line in lines)
        assert "ex@private.example" not in said
        assert "e…@private.example" in said


class TestTime:
    def test_an_offer_lives_for_a_week_to_the_second(
        self, services: Services, held: Held, made: Season, friend: Holder, clock: Clock
    ) -> None:
        open_one = offer(services, held)
        assert open_one.expires_at == clock.now + timedelta(days=7)
        clock.now = open_one.expires_at
        assert listed(services, made.organizer_id, friend.id, "in") == []
        with pytest.raises(OfferEnded):
            act(services, "accept", open_one, friend.id)
        schedule.expire_offers(services, clock.now)
        assert state(services, open_one) == "expired"
        offer(services, held, "other@example.org")

    def test_a_lapsed_offer_does_not_wait_for_the_schedule(
        self, services: Services, held: Held, friend: Holder, clock: Clock
    ) -> None:
        offer(services, held)
        clock.forward(days=7)
        second = offer(services, held)
        clock.forward(days=1)
        assert act(services, "accept", second, friend.id).holder_id == friend.id

    @pytest.mark.parametrize(
        ("at", "allowed"),
        [
            ("frozen-1", True),
            ("frozen", False),
            ("end-1", False),
            ("end", True),
        ],
    )
    def test_the_frozen_window_is_exact(
        self,
        services: Services,
        held: Held,
        made: Season,
        friend: Holder,
        clock: Clock,
        at: str,
        allowed: bool,
    ) -> None:
        evening = made.sessions[0]
        frozen = evening.starts_at - timedelta(minutes=30 + 60)  # doors, and 60 before them
        moments: dict[str, datetime] = {
            "frozen-1": frozen - SECOND,
            "frozen": frozen,
            "end-1": evening.ends_at - SECOND,
            "end": evening.ends_at,
        }
        clock.now = frozen - timedelta(days=1)
        open_one = offer(services, held)
        clock.now = moments[at]
        if allowed:
            assert act(services, "accept", open_one, friend.id).epoch == 2
            return
        with pytest.raises(TransferRefused) as refusal:
            act(services, "accept", open_one, friend.id)
        assert refusal.value.members["decision"]["code"] == "transfer-frozen"
        assert refusal.value.members["decision"]["until"] == evening.ends_at
        assert state(services, open_one) == "offered"

    def test_so_many_times_and_no_more(self, services: Services, clock: Clock) -> None:
        rule = {**DRAFT["transfer"], "max_count": 2}
        made = season(services, "twice", transfer=rule)
        held = issue(services, made)
        for number in range(2):
            to = people.holder(services, made.organizer_id, f"fan{number}@example.org")
            act(services, "accept", offer(services, held, f"fan{number}@example.org"), to.id)
            held = fresh(services, held)
        with pytest.raises(TransferRefused) as refusal:
            offer(services, held, FRIEND)
        assert refusal.value.members["decision"]["code"] == "transfer-count-reached"


class TestThePassMovesOn:
    @pytest.mark.parametrize("how", ["refund", "void", "reissue"])
    def test_and_its_offer_dies(
        self, services: Services, held: Held, made: Season, friend: Holder, how: str
    ) -> None:
        open_one, now = offer(services, held), services.clock()
        with services.database.transaction() as session:
            if how == "refund":
                refunds.request(session, held, actor="t", now=now)
            elif how == "void":
                passes.void(session, held.row, reason="x", actor="t", now=now)
            else:
                passes.reissue(session, held.row, actor="t", now=now)
        assert listed(services, made.organizer_id, friend.id, "in") == []
        assert listed(services, made.organizer_id, held.row.holder_id, "out") == []
        with pytest.raises(OfferEnded):
            act(services, "accept", open_one, friend.id)
        schedule.expire_offers(services, now)
        assert state(services, open_one) == "expired"

    def test_a_refund_after_a_transfer_goes_to_who_paid(
        self, services: Services, held: Held, friend: Holder
    ) -> None:
        act(services, "accept", offer(services, held), friend.id)
        taken = fresh(services, held)
        with services.database.transaction() as session:
            refunds.request(session, taken, actor=f"holder:{friend.id}", now=services.clock())
        assert fresh(services, held).row.payer_id == held.row.holder_id
