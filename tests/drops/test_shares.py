"""Combined Drops: nobody's share is sold before they have agreed, and the parts add up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, Organizer, StaffMember
from passes_service.drops import changing, shares
from passes_service.drops.plan import SharePlan
from passes_service.drops.reading import Shop
from passes_service.worker import drops
from tests import people, season
from tests.drops import ground
from tests.drops.ground import HOUR
from tests.fakes import Clock

Partner = tuple[Organizer, StaffMember]


def _combined(services: Services, *share_bps: int) -> tuple[Drop, list[Partner]]:
    partners = [people.organizer(services, f"partner-{one}") for one in range(len(share_bps))]
    plans = tuple(
        SharePlan(partner_id=partner.id, share_bp=bp)
        for (partner, _), bp in zip(partners, share_bps, strict=True)
    )
    made = ground.drop(services, season.season(services), opens_in=HOUR, shares=plans)
    return made.drop, partners


def _look(services: Services, drop: Drop) -> Shop:
    return ground.look(services, drop.organizer_id, drop.id)


def _accept(services: Services, drop: Drop, caller: Caller, share_bp: int) -> None:
    with services.database.transaction() as session:
        shares.accept(
            session,
            lead_id=drop.organizer_id,
            drop_id=drop.id,
            caller=caller,
            share_bp=share_bp,
            now=services.clock(),
        )


def _code(services: Services, drop: Drop, caller: Caller, share_bp: int) -> str:
    with pytest.raises(DomainError) as refusal:
        _accept(services, drop, caller, share_bp)
    return refusal.value.code


def test_a_drop_waits_for_its_partner_and_then_opens(services: Services, clock: Clock) -> None:
    drop, [(_, owner)] = _combined(services, 3_000)
    clock.forward(hours=2)
    drops.announce(services, clock.now)
    assert _look(services, drop).state(clock.now) == "scheduled"
    with services.database.transaction() as session, pytest.raises(DomainError) as refusal:
        changing.open_early(session, organizer_id=drop.organizer_id, drop_id=drop.id, now=clock.now)
    assert refusal.value.code == "share-unfit"

    _accept(services, drop, people.as_caller(owner), 3_000)
    assert _look(services, drop).state(clock.now) == "open"
    drops.announce(services, clock.now)
    assert _look(services, drop).drop.state == "open"


def test_two_partners_who_accept_at_once_open_the_drop(services: Services) -> None:
    drop, partners = _combined(services, 3_000, 1_000)
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(_accept, services, drop, people.as_caller(owner), bp)
            for (_, owner), bp in zip(partners, (3_000, 1_000), strict=True)
        ]
        for job in jobs:
            job.result()
    assert _look(services, drop).drop.agreed


def test_only_owners_and_managers_sign(services: Services) -> None:
    drop, [(partner, _)] = _combined(services, 3_000)
    answers = {
        role: _code(
            services, drop, people.as_caller(people.member(services, partner.id, role)), 3_000
        )
        for role in ("door", "finance", "viewer")
    }
    assert set(answers.values()) == {"not-allowed"}
    key = Caller(partner.id, "key", uuid4(), frozenset({"catalog:write"}))
    assert _code(services, drop, key, 3_000) == "not-allowed"
    _accept(services, drop, people.as_caller(people.member(services, partner.id, "manager")), 3_000)
    assert _look(services, drop).drop.agreed


def test_a_share_is_accepted_as_it_was_read(services: Services) -> None:
    drop, [(_, owner)] = _combined(services, 3_000)
    assert _code(services, drop, people.as_caller(owner), 4_000) == "share-unfit"
    assert not _look(services, drop).drop.agreed


def test_strangers_find_nothing_to_accept(services: Services) -> None:
    drop, _ = _combined(services, 3_000)
    _, stranger = people.organizer(services, "stranger")
    assert _code(services, drop, people.as_caller(stranger), 3_000) == "not-found"


def test_changing_an_accepted_share_asks_again(services: Services, clock: Clock) -> None:
    drop, [(partner, owner)] = _combined(services, 3_000)
    _accept(services, drop, people.as_caller(owner), 3_000)
    _offer(services, drop, partner.id, 2_000)
    (share,) = _look(services, drop).shares
    assert (share.share_bp, share.accepted_at) == (2_000, None)
    assert not _look(services, drop).drop.agreed
    _accept(services, drop, people.as_caller(owner), 2_000)
    clock.forward(hours=1)
    with pytest.raises(DomainError) as refusal:
        _offer(services, drop, partner.id, 1_000)
    assert refusal.value.code == "share-unfit"


def _offer(services: Services, drop: Drop, partner_id: UUID, share_bp: int) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Drop, (drop.organizer_id, drop.id))
        shares.offer(session, row, partner_id=partner_id, share_bp=share_bp, now=services.clock())


def test_shares_do_not_add_up_to_more_than_all(services: Services) -> None:
    drop, _ = _combined(services, 6_000, 4_000)
    third, _ = people.organizer(services, "third")
    with pytest.raises(DomainError) as refusal:
        _offer(services, drop, third.id, 1)
    assert refusal.value.code == "share-unfit"


def test_a_share_can_be_taken_back_before_it_counts(services: Services, clock: Clock) -> None:
    drop, [(partner, _)] = _combined(services, 3_000)
    with services.database.transaction() as session:
        row = session.get_one(Drop, (drop.organizer_id, drop.id))
        shares.withdraw(session, row, partner_id=partner.id, now=clock.now)
    assert _look(services, drop).drop.agreed
    assert _look(services, drop).shares == ()


def test_a_partner_sees_what_was_offered(services: Services) -> None:
    drop, [(partner, _)] = _combined(services, 3_000)
    with services.database.reading() as session:
        (found,) = shares.offered_to(session, partner_id=partner.id)
        assert (found[0].share_bp, found[1].id) == (3_000, drop.id)
        assert shares.offered_to(session, partner_id=drop.organizer_id) == []


@given(
    st.dictionaries(st.sampled_from(["EUR", "USD", "JPY"]), st.integers(0, 10**24)),
    st.lists(st.integers(1, 2_000), max_size=5),
)
def test_the_parts_add_up_to_the_revenue(revenue: dict[str, int], share_bps: list[int]) -> None:
    parts = shares.split(1, revenue, {uuid4(): bp for bp in share_bps})
    for currency, amount in revenue.items():
        of_partners = [part[currency] for part in parts.parts.values()]
        assert sum(of_partners) + parts.lead[currency] == amount
        assert all(
            part <= amount * bp / 10_000 or part == amount * bp // 10_000
            for part, bp in zip(of_partners, share_bps, strict=True)
        )
