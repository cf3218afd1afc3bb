"""Raffles: a commitment before, one entry each, a root at closing, an order nobody could steer."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.core import merkle
from passes_service.db.models import (
    Drop,
    Holder,
    Order,
    OutboxEvent,
    RaffleEntry,
    new_id,
)
from passes_service.drops import phases, raffle, raffle_draw
from passes_service.drops.raffle_errors import (
    NoRaffle,
    RaffleEntryUnknown,
    RaffleNotOpen,
    RaffleOdd,
    RaffleOver,
    RaffleUnproved,
)
from tests.drops import raffle_ground
from tests.fakes import Clock


def test_what_was_committed_to_before_is_what_is_shown_after(
    services: Services, clock: Clock
) -> None:
    made = raffle_ground.raffle(services)
    before = made.row()
    assert (before.root, before.entries, before.seed) == ("", None, "")
    made.enter_many(25)
    made.close()
    closed = made.row()
    made.draw()
    after = made.row()
    # Recomputed with nothing but hashlib and the layout in docs/draws.md.
    leaves = sorted(
        hashlib.sha256(
            b"EventPass raffle entry 1\x00"
            + made.drop.id.bytes + one.id.bytes + one.offer_id.bytes + one.salt
        ).digest()
        for one in made.entries()
    )  # fmt: skip
    assert hashlib.sha256(after.secret).hexdigest() == before.commitment == after.commitment
    assert (closed.root, closed.entries) == (merkle.root(leaves).hex(), 25)
    seed = hashlib.sha256(after.secret + merkle.root(leaves)).digest()
    assert after.seed == seed.hex()
    order = sorted(leaves, key=lambda leaf: hashlib.sha256(seed + leaf).digest())
    by_rank = sorted(made.entries(), key=lambda one: one.rank or 0)
    assert [one.leaf for one in by_rank] == [leaf.hex() for leaf in order]
    assert [one.state for one in by_rank] == ["won"] * 3 + ["waiting"] * 22


def test_winners_may_buy_for_as_long_as_was_said(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=3600)
    made.enter_many(5)
    made.close()
    made.draw()
    for one in made.entries():
        assert one.pay_until == (clock.now + timedelta(hours=1) if one.state == "won" else None)
    with services.database.reading() as session:
        for one in made.entries():
            answer = phases.admits(session, made.phase, one.holder_id)
            assert answer.admits is (one.state == "won")


def test_entering_twice_is_one_entry(services: Services) -> None:
    made = raffle_ground.raffle(services)
    first, again = made.enter(made.holder("ada")), made.enter(made.holder("ada"))
    assert (first.id, first.salt) == (again.id, again.salt)
    assert len(made.entries()) == 1


def test_entries_are_taken_only_while_they_are_open(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, opened=False)
    ada = made.holder("ada")
    with pytest.raises(RaffleNotOpen):
        made.enter(ada)
    clock.now = made.drop.opens_at
    entered = made.enter(ada)
    clock.now = made.closes_at - timedelta(microseconds=1)
    made.enter(made.holder("bob"))
    clock.now = made.closes_at
    with pytest.raises(RaffleOver):
        made.enter(made.holder("eve"))
    assert made.enter(ada).id == entered.id  # asking again shows what there is
    made.close()
    with pytest.raises(RaffleOver):
        made.enter(made.holder("eve"))
    assert made.row().entries == 2


def test_a_clock_that_is_behind_adds_nobody_after_the_closing(
    services: Services, clock: Clock
) -> None:
    made = raffle_ground.raffle(services)
    made.enter(made.holder("ada"))
    made.close()
    clock.now = made.closes_at - timedelta(minutes=5)
    with pytest.raises(RaffleOver):
        made.enter(made.holder("eve"))


def test_entries_close_once_and_not_before_time(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services)
    made.enter_many(2)
    with services.database.transaction() as session:
        assert raffle_draw.close(session, made.drop, now=clock.now) is None
    assert made.row().closed_at is None
    made.close()
    first = made.row()
    clock.forward(hours=1)
    with services.database.transaction() as session:
        assert raffle_draw.close(session, made.drop, now=clock.now) is None
    assert made.row() == first


def test_it_is_drawn_once(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services)
    made.enter_many(10)
    with services.database.transaction() as session:  # nothing is drawn from open entries
        assert raffle_draw.hold_draw(session, made.drop, now=clock.now) is None
    made.close()
    assert made.draw() == 3
    ranks = {one.id: one.rank for one in made.entries()}
    assert made.draw() is None
    assert {one.id: one.rank for one in made.entries()} == ranks


def test_randomness_must_be_from_what_was_named(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services)
    made.close()
    with services.database.transaction() as session, pytest.raises(ValueError, match="named"):
        raffle_draw.hold_draw(session, made.drop, randomness=b"r" * 32, now=clock.now)


def test_an_empty_raffle_is_drawn_too(services: Services) -> None:
    made = raffle_ground.raffle(services)
    made.close()
    assert made.draw() == 0
    assert made.row().root == merkle.EMPTY.hex()


def test_who_does_not_buy_in_time_makes_room_for_the_next(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=3600)
    made.enter_many(8)
    made.close()
    made.draw()
    by_rank = {one.rank: one for one in made.entries()}
    assert made.take(by_rank[1]) is True
    clock.forward(hours=1)
    assert made.lapse() == 2
    states = {one.rank: one.state for one in made.entries()}
    assert [states[rank] for rank in range(1, 9)] == [
        "taken", "lapsed", "lapsed", "won", "won", "waiting", "waiting", "waiting",
    ]  # fmt: skip
    assert made.lapse() == 0
    assert made.take(by_rank[4]) is True
    assert made.take(by_rank[4]) is False
    assert made.take(by_rank[8]) is False  # waiting is not winning


def test_somebody_who_is_paying_is_not_late(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=3600, places=1)
    made.enter_many(2)
    made.close()
    made.draw()
    winner = next(one for one in made.entries() if one.state == "won")
    order = made.order(winner)
    clock.forward(hours=2)
    assert made.lapse() == 0
    with services.database.transaction() as session:
        session.get_one(Order, (order.organizer_id, order.id)).state = "expired"
    assert made.lapse() == 1
    assert made.take(winner) is True  # the payment came late, and the place was still there


def test_nobody_is_drawn_when_the_time_to_buy_is_over(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, places=1)
    made.enter_many(2)
    made.close()
    made.draw()
    assert {one.pay_until for one in made.entries()} == {None, made.drop.closes_at}
    clock.now = made.drop.closes_at
    assert made.lapse() == 1
    assert Counter(one.state for one in made.entries()) == {"lapsed": 1, "waiting": 1}


def test_each_offer_is_drawn_from_its_own_places(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, places=2)
    second = made.add_bundle()
    for n in range(6):
        made.enter(made.holder(f"a{n}"), made.offer_id)
        made.enter(made.holder(f"b{n}"), second)
    with pytest.raises(RaffleOdd):
        made.enter(made.holder("c"), None)  # which of the two?
    with pytest.raises(RaffleOdd):
        made.enter(made.holder("c"), new_id())
    made.close()
    assert made.draw() == 2  # both draw on the same two places
    for offer in (made.offer_id, second):
        mine = sorted((one for one in made.entries() if one.offer_id == offer), key=_rank)
        states = [one.state for one in mine]
        assert states == sorted(states, reverse=True)  # "won" before "waiting": nobody skipped


def _rank(entry: RaffleEntry) -> int:
    return entry.rank or 0


def test_only_accounts_with_a_proved_address_enter(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services)
    with services.database.transaction() as session:
        blank = Holder(organizer_id=made.drop.organizer_id, id=new_id(), created_at=clock.now)
        session.add(blank)
    with pytest.raises(RaffleUnproved):
        made.enter(blank.id)


def test_a_paused_or_plain_drop_takes_no_entries(services: Services) -> None:
    made = raffle_ground.raffle(services)
    with services.database.transaction() as session:
        session.get_one(Drop, (made.drop.organizer_id, made.drop.id)).state = "paused"
    with pytest.raises(RaffleNotOpen):
        made.enter(made.holder("ada"))
    plain = raffle_ground.plain(services, made)
    with services.database.reading() as session, pytest.raises(NoRaffle):
        raffle.draw_of(session, plain)
    with services.database.reading() as session, pytest.raises(RaffleEntryUnknown):
        raffle.own(session, made.drop, holder_id=made.holder("ada"))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("source", {"source": "coin"}),
        ("chain_id", {"source": "block"}),
        ("after", {"source": "block", "chain_id": 1, "after": timedelta(seconds=-1)}),
        ("pay_seconds", {"source": "none", "pay_seconds": 1}),
    ],
)
def test_a_draw_that_could_be_steered_is_not_opened(
    services: Services, clock: Clock, field: str, values: dict[str, object]
) -> None:
    drop, closes_at = raffle_ground.drop_with_phase(services)
    if isinstance(after := values.get("after"), timedelta):
        values = {**values, "after": closes_at + after}
    with services.database.transaction() as session, pytest.raises(RaffleOdd) as refused:
        raffle.open_draw(
            session,
            drop,
            random=secrets.token_bytes,
            now=clock.now,
            **values,  # type: ignore[arg-type]
        )
    assert refused.value.members["field"] == field


def test_a_secret_is_chosen_once_and_before_entries_open(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, opened=False)
    with services.database.transaction() as session:
        again = raffle.open_draw(
            session, made.drop, source="none", random=secrets.token_bytes, now=clock.now
        )
    assert again.commitment == made.row().commitment
    clock.now = made.drop.opens_at
    with services.database.transaction() as session, pytest.raises(RaffleOdd):
        raffle.open_draw(
            session, made.drop, source="none", random=secrets.token_bytes, now=clock.now
        )


def test_every_step_is_told_once(services: Services, clock: Clock) -> None:
    made = raffle_ground.raffle(services, pay_seconds=600, places=1)
    made.enter_many(3)
    made.close()
    made.draw()
    clock.forward(minutes=10)
    made.lapse()
    with services.database.reading() as session:
        types = session.exec(
            select(OutboxEvent.type).where(OutboxEvent.type.startswith("raffle."))
        ).all()
    assert Counter(types) == {
        "raffle.closed": 1, "raffle.drawn": 1, "raffle.won": 2, "raffle.lapsed": 1,
    }  # fmt: skip
