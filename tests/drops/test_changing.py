"""Open early, pause, resume, close, change: with what each does to times, places and feeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, Series
from passes_service.drops import changing
from passes_service.drops.plan import PhasePlan
from passes_service.drops.reading import Shop
from passes_service.worker import drops
from tests import season
from tests.drops import ground
from tests.drops.ground import DAY, HOUR
from tests.fakes import Clock

Act = Callable[..., Drop]


def _do(services: Services, drop: Drop, act: Act, **more: Any) -> Shop:
    with services.database.transaction() as session:
        act(
            session,
            organizer_id=drop.organizer_id,
            drop_id=drop.id,
            now=services.clock(),
            **more,
        )
    return ground.look(services, drop.organizer_id, drop.id)


def _refused(services: Services, drop: Drop, act: Act, **more: Any) -> str:
    with pytest.raises(DomainError) as refusal:
        _do(services, drop, act, **more)
    return refusal.value.code


def _set_aside(services: Services, drop: Drop, series: Series) -> int:
    with services.database.reading() as session:
        return session.get_one(Series, (drop.organizer_id, series.id)).set_aside


def test_opening_early_takes_the_first_phase_along(services: Services, clock: Clock) -> None:
    made = ground.drop(
        services,
        season.season(services),
        opens_in=HOUR,
        phases=(
            ground.phase(services, opens_in=HOUR, open_for=HOUR),
            ground.phase(services, opens_in=2 * HOUR, open_for=HOUR),
        ),
    )
    shop = _do(services, made.drop, changing.open_early)
    assert (shop.drop.state, shop.drop.opens_at, shop.drop.version) == ("open", clock.now, 2)
    first, second = shop.phases
    assert (first.opens_at, second.opens_at) == (clock.now, clock.now + 2 * HOUR)
    again = _do(services, made.drop, changing.open_early)
    assert again.drop.version == 2


def test_a_paused_drop_is_shut_at_once_and_goes_on_where_it_was(
    services: Services, clock: Clock
) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    assert _do(services, made.drop, changing.pause).state(clock.now) == "paused"
    clock.forward(hours=2)
    assert ground.look(services, made.drop.organizer_id, made.drop.id).state(clock.now) == "paused"
    assert _do(services, made.drop, changing.resume).drop.state == "open"
    assert _do(services, made.drop, changing.pause).drop.state == "paused"
    assert _do(services, made.drop, changing.pause).drop.state == "paused"
    assert _do(services, made.drop, changing.resume).drop.state == "open"
    assert _refused(services, made.drop, changing.resume) == "drop-state-unfit"


def test_a_pause_before_the_opening_leads_back_to_waiting(services: Services) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    _do(services, made.drop, changing.pause)
    assert _do(services, made.drop, changing.resume).drop.state == "scheduled"


def test_a_pause_ends_with_the_drop(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services))
    _do(services, made.drop, changing.pause)
    clock.forward(days=1)
    assert _refused(services, made.drop, changing.resume) == "drop-state-unfit"
    drops.announce(services, clock.now)
    shop = ground.look(services, made.drop.organizer_id, made.drop.id)
    assert shop.drop.state == "settled"


def test_closing_before_the_opening_gives_all_back(services: Services, clock: Clock) -> None:
    here = season.season(services)
    made = ground.drop(services, here, quantity=4, opens_in=HOUR)
    shop = _do(services, made.drop, changing.close)
    assert (shop.drop.state, shop.drop.ended_at) == ("settled", clock.now)
    assert shop.drop.opens_at == made.drop.opens_at  # a calendar shows what was called off
    assert _set_aside(services, made.drop, here.series) == 0
    assert _do(services, made.drop, changing.close).drop.version == shop.drop.version


def test_closing_waits_for_those_who_are_paying(services: Services, clock: Clock) -> None:
    here = season.season(services)
    made = ground.drop(services, here, quantity=4)
    clock.forward(minutes=5)
    ground.take(services, made.stock, held=1)
    shop = _do(services, made.drop, changing.close)
    assert (shop.drop.state, shop.drop.closes_at) == ("closed", clock.now)
    assert _set_aside(services, made.drop, here.series) == 4
    ground.take(services, made.stock)
    drops.announce(services, clock.now)
    assert _set_aside(services, made.drop, here.series) == 0


def test_closing_in_the_second_of_the_opening(services: Services) -> None:
    made = ground.drop(services, season.season(services))
    assert _do(services, made.drop, changing.close).drop.state == "settled"


@pytest.mark.parametrize("act", [changing.open_early, changing.pause, changing.resume])
def test_what_is_over_stays_over(services: Services, act: Act) -> None:
    made = ground.drop(services, season.season(services))
    _do(services, made.drop, changing.close)
    assert _refused(services, made.drop, act) == "drop-state-unfit"


def test_times_move_and_the_phase_that_spans_the_drop_moves_along(
    services: Services, clock: Clock
) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    times = {"opens_at": clock.now + 2 * HOUR, "closes_at": clock.now + 3 * HOUR}
    shop = _do(services, made.drop, changing.change, stated=times)
    (phase,) = shop.phases
    assert (phase.opens_at, phase.closes_at) == tuple(times.values())
    assert (shop.drop.version, shop.drop.changed_at) == (2, clock.now)


def test_what_calendars_do_not_show_counts_no_version(services: Services) -> None:
    made = ground.drop(services, season.season(services))
    shop = _do(services, made.drop, changing.change, stated={"per_holder": 1, "proof": "Sold out."})
    assert (shop.drop.per_holder, shop.drop.proof, shop.drop.version) == (1, "Sold out.", 1)
    assert _do(services, made.drop, changing.change, stated={"title": "Drop"}).drop.version == 2


def test_a_phase_that_no_longer_fits_is_named(services: Services, clock: Clock) -> None:
    made = ground.drop(
        services,
        season.season(services),
        phases=(
            ground.phase(services, open_for=2 * HOUR),
            ground.phase(services, name="Late", opens_in=2 * HOUR, open_for=3 * HOUR),
        ),
    )
    with pytest.raises(DomainError, match="“Late” must lie within") as refusal:
        _do(services, made.drop, changing.change, stated={"closes_at": clock.now + 4 * HOUR})
    assert refusal.value.members["field"] == "phases[1]"


def test_times_stay_while_somebody_is_paying(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services))
    ground.take(services, made.stock, held=1)
    late = {"closes_at": clock.now + 2 * DAY}
    assert _refused(services, made.drop, changing.change, stated=late) == "drop-in-use"
    _do(services, made.drop, changing.change, stated={"title": "Still mine to name"})


def test_an_opening_that_has_passed_stays(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services))
    late = {"opens_at": clock.now + HOUR}
    assert _refused(services, made.drop, changing.change, stated=late) == "drop-state-unfit"


def test_an_opening_cannot_move_into_the_past(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    early = {"opens_at": clock.now - HOUR}
    assert _refused(services, made.drop, changing.change, stated=early) == "drop-invalid"


def test_a_drop_cannot_outlive_the_sale_of_its_terms(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services))
    late = {"closes_at": clock.now + 300 * DAY}
    assert _refused(services, made.drop, changing.change, stated=late) == "drop-invalid"


def test_phases_are_replaced_before_the_opening_only(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    fresh = (
        PhasePlan(
            name="Short",
            opens_at=made.drop.opens_at,
            closes_at=made.drop.opens_at + HOUR,
            quantity=1,
        ),
    )
    shop = _do(services, made.drop, changing.change, stated={}, phases=fresh)
    assert [(one.name, one.quantity) for one in shop.phases] == [("Short", 1)]
    clock.forward(hours=1)
    code = _refused(services, made.drop, changing.change, stated={}, phases=fresh)
    assert code == "drop-state-unfit"
