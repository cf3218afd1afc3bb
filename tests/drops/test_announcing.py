"""The world is told once, however many workers look, and what was not sold goes back."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.core.drop_events import DropClosed, DropOpened, DropSettled, DropSoldOut
from passes_service.db.models import Drop, OutboxEvent, Series
from passes_service.drops import changing
from passes_service.worker import drops
from tests import season
from tests.drops import ground
from tests.drops.ground import DAY, HOUR
from tests.fakes import Clock

_OURS = (DropOpened.type, DropSoldOut.type, DropClosed.type, DropSettled.type)


def _told(services: Services) -> Counter[str]:
    with services.database.reading() as session:
        return Counter(one for one in session.exec(select(OutboxEvent.type)) if one in _OURS)


def _state(services: Services, drop: Drop) -> str:
    return ground.look(services, drop.organizer_id, drop.id).drop.state


def _set_aside(services: Services, organizer_id: UUID, series_id: UUID) -> int:
    with services.database.reading() as session:
        return session.get_one(Series, (organizer_id, series_id)).set_aside


def _announce(services: Services) -> None:
    drops.announce(services, services.clock())


def test_nothing_is_told_before_the_opening(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    clock.forward(seconds=3599.999)
    _announce(services)
    assert _state(services, made.drop) == "scheduled"
    assert not _told(services)


def test_two_opens_at_once_tell_it_once(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    clock.forward(hours=1)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _announce(services), range(16)))
    assert _state(services, made.drop) == "open"
    assert _told(services) == {DropOpened.type: 1}


def test_sold_out_goes_back_to_open_when_a_place_returns(services: Services) -> None:
    made = ground.drop(services, season.season(services), quantity=2)
    states = []
    for held, sold in ((0, 2), (0, 1), (1, 1), (0, 2)):
        ground.take(services, made.stock, held=held, sold=sold)
        _announce(services)
        states.append(_state(services, made.drop))
    assert states == ["sold_out", "open", "open", "sold_out"]
    assert _told(services) == {DropOpened.type: 1, DropSoldOut.type: 1}


def test_a_clock_that_jumps_takes_nothing_back(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    for jump in (HOUR, -HOUR, HOUR, DAY, -DAY, -HOUR, 2 * DAY):
        clock.now += jump
        _announce(services)
    assert _state(services, made.drop) == "settled"
    assert _told(services) == {DropOpened.type: 1, DropClosed.type: 1, DropSettled.type: 1}


def test_a_worker_that_slept_through_a_drop_tells_all_of_it(
    services: Services, clock: Clock
) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    clock.forward(days=3)
    _announce(services)
    assert _state(services, made.drop) == "settled"
    assert _told(services) == {DropOpened.type: 1, DropClosed.type: 1, DropSettled.type: 1}


def test_what_was_not_sold_goes_back_once_nothing_is_held(services: Services, clock: Clock) -> None:
    here = season.season(services)
    made = ground.drop(services, here, quantity=4)
    ground.take(services, made.stock, held=1, sold=0)
    clock.forward(days=2)
    _announce(services)
    assert _state(services, made.drop) == "closed"
    assert _set_aside(services, here.organizer_id, here.series.id) == 4

    ground.take(services, made.stock, held=0, sold=1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _announce(services), range(8)))
    shop = ground.look(services, here.organizer_id, made.drop.id)
    assert _set_aside(services, here.organizer_id, here.series.id) == 1
    assert (shop.left, shop.sold, shop.stocks[0].given_back) == (0, 1, 3)
    assert (shop.drop.state, shop.drop.ended_at) == ("settled", clock.now)


def test_a_pause_is_not_undone_by_an_opening_that_is_told_meanwhile(
    services: Services, clock: Clock
) -> None:
    if services.database.is_sqlite:
        pytest.skip("one writer at a time: nothing can come between")
    made = ground.drop(services, season.season(services), opens_in=HOUR)
    clock.forward(hours=1)
    with services.database.transaction() as session:
        changing.pause(
            session, organizer_id=made.drop.organizer_id, drop_id=made.drop.id, now=clock.now
        )
        telling = threading.Thread(target=_announce, args=(services,))
        telling.start()
        telling.join(0.5)
    telling.join(20)
    assert _state(services, made.drop) == "paused"


def test_standing_is_by_the_second(services: Services, clock: Clock) -> None:
    made = ground.drop(services, season.season(services), opens_in=HOUR, open_for=HOUR)
    opens, tick = made.drop.opens_at, timedelta(microseconds=1)
    assert [
        made.shop.state(at)
        for at in (opens - tick, opens, opens + HOUR - tick, opens + HOUR, clock.now)
    ] == ["scheduled", "open", "open", "closed", "scheduled"]
