"""Whom a phase lets in: by proved addresses, by passes, by lot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from passes_service.accounts import holders
from passes_service.bootstrap import Services
from passes_service.db.models import DropPhase, HolderWallet, Pass, RaffleEntry
from passes_service.drops import audiences, phases
from passes_service.drops.phases import Answer
from tests import people, season
from tests.drops import ground
from tests.drops.ground import HOUR
from tests.fakes import Clock
from tests.season import Season

WALLET = "0x" + "Ab5801a7D398351b8bE11C439e05C5B3259aeC9B"


def _audience(services: Services, made: Season, *addresses: str) -> UUID:
    with services.database.transaction() as session:
        row = audiences.create(
            session,
            organizer_id=made.organizer_id,
            name="Friends",
            addresses=addresses,
            now=services.clock(),
        )
        return row.id


def _phase(services: Services, made: Season, kind: str, **params: UUID) -> DropPhase:
    named = {name: str(value) for name, value in params.items()}
    plan = ground.phase(services, kind, params=named)
    return ground.drop(services, made, phases=(plan,)).shop.phases[0]


def _ask(services: Services, phase: DropPhase, holder_id: UUID | None) -> Answer:
    with services.database.reading() as session:
        return phases.admits(session, phase, holder_id)


def test_phases_are_open_in_their_time_and_in_order(services: Services, clock: Clock) -> None:
    made = season.season(services)
    sold = ground.drop(
        services,
        made,
        phases=(
            ground.phase(services, name="Early", open_for=2 * HOUR),
            ground.phase(services, name="Late", opens_in=HOUR, open_for=2 * HOUR),
        ),
    )

    def names(after: timedelta) -> list[str]:
        return [one.name for one in phases.open_phases(sold.shop, clock.now + after)]

    tick = timedelta(microseconds=1)
    assert names(-tick) == []
    assert names(timedelta(0)) == ["Early"]
    assert names(HOUR) == ["Early", "Late"]
    assert names(2 * HOUR - tick) == ["Early", "Late"]
    assert names(2 * HOUR) == ["Late"]
    assert names(3 * HOUR) == []
    coming = phases.next_phase(sold.shop.phases, clock.now)
    assert coming is not None
    assert coming.name == "Late"


def test_everybody_is_let_into_a_public_phase(services: Services) -> None:
    phase = _phase(services, season.season(services), "public")
    assert _ask(services, phase, None).admits


def test_a_list_knows_people_by_what_they_have_proved(services: Services) -> None:
    made = season.season(services)
    friend = people.holder(services, made.organizer_id, "friend@example.org")
    stranger = people.holder(services, made.organizer_id, "stranger@example.org")
    with services.database.transaction() as session:
        unproved = holders.for_email(
            session,
            organizer_id=made.organizer_id,
            email="claims@example.org",
            verified=False,
            now=services.clock(),
        )
        unproved_id = unproved.id
    listed = _audience(services, made, " Friend@Example.org ", "claims@example.org")
    phase = _phase(services, made, "cohort", audience_id=listed)
    assert _ask(services, phase, friend.id).admits
    assert not _ask(services, phase, stranger.id).admits
    refused = _ask(services, phase, unproved_id)
    assert not refused.admits
    assert "confirm" in refused.reason
    guest = _ask(services, phase, None)
    assert (guest.admits, "sign in" in guest.reason) == (False, True)


def test_a_list_knows_wallets_however_they_are_typed(services: Services) -> None:
    made = season.season(services)
    fan = people.holder(services, made.organizer_id)
    with services.database.transaction() as session:
        proved = HolderWallet(
            organizer_id=made.organizer_id,
            holder_id=fan.id,
            address=WALLET,
            created_at=services.clock(),
            verified_at=None,
        )
        session.add(proved)
    phase = _phase(
        services, made, "allow_list", audience_id=_audience(services, made, WALLET.lower())
    )
    assert not _ask(services, phase, fan.id).admits
    with services.database.transaction() as session:
        session.merge(proved).verified_at = services.clock()
    assert _ask(services, phase, fan.id).admits


def test_a_list_of_another_organizer_lets_nobody_in(services: Services) -> None:
    here, there = season.season(services), season.season(services, "elsewhere")
    fan = people.holder(services, there.organizer_id)
    phase = _phase(services, here, "cohort", audience_id=_audience(services, here, people.GUEST))
    assert not _ask(services, phase, fan.id).admits


def test_holders_of_another_pass_come_in_while_it_lives(services: Services) -> None:
    made = season.season(services)
    held = season.issue(services, made)
    stranger = people.holder(services, made.organizer_id, "stranger@example.org")
    other = ground.another_series(services, made)
    plan = ground.phase(services, "holders", params={"series_id": str(made.series.id)})
    sold = ground.drop(services, replace(made, series=other), phases=(plan,))
    phase = sold.shop.phases[0]
    answers = []
    for state in ("active", "on_chain", "refunded", "void", "surrendered"):
        with services.database.transaction() as session:
            session.get_one(Pass, (made.organizer_id, held.row.id)).state = state
        answers.append(_ask(services, phase, held.row.holder_id).admits)
    assert answers == [True, True, False, False, False]
    assert not _ask(services, phase, stranger.id).admits
    assert "Season pass" in _ask(services, phase, None).reason


def test_those_drawn_come_in(services: Services) -> None:
    made = season.season(services)
    fan = people.holder(services, made.organizer_id)
    plan = ground.phase(services, "drawn")
    sold = ground.drop(services, made, phases=(plan,))
    phase = sold.shop.phases[0]
    assert not _ask(services, phase, fan.id).admits
    with services.database.transaction() as session:
        entry = RaffleEntry(
            organizer_id=made.organizer_id,
            drop_id=sold.drop.id,
            holder_id=fan.id,
            offer_id=sold.offer.id,
            salt=b"salt",
            leaf="0" * 64,
            created_at=services.clock(),
        )
        session.add(entry)
    answers = []
    for state in ("entered", "won", "waiting", "lapsed", "taken"):
        with services.database.transaction() as session:
            session.get_one(RaffleEntry, (made.organizer_id, entry.id)).state = state
        answers.append(_ask(services, phase, fan.id).admits)
    assert answers == [False, True, False, False, True]


def test_params_are_kept_as_stated(services: Services) -> None:
    made = season.season(services)
    listed = _audience(services, made, people.GUEST)
    phase = _phase(services, made, "allow_list", audience_id=listed)
    assert json.loads(phase.params) == {"audience_id": str(listed)}
