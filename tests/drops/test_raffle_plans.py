"""A raffle is planned so that it can be drawn honestly and won."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.drops.errors import DropInvalid
from tests.drops import ground
from tests.season import season

HOUR = timedelta(hours=1)


def test_a_raffle_that_nobody_could_win_is_not_scheduled(services: Services) -> None:
    made = season(services)
    with pytest.raises(DropInvalid, match="kind `drawn`"):
        ground.drop(services, made, mode="raffle", opens_in=HOUR)


def test_a_raffle_does_not_open_before_its_draw_is_committed_to(services: Services) -> None:
    drawn = ground.phase(services, "drawn", opens_in=2 * HOUR, open_for=3 * HOUR)
    with pytest.raises(DropInvalid, match="opens later"):
        ground.drop(services, season(services), mode="raffle", phases=(drawn,))


def test_a_raffle_with_a_phase_for_the_drawn_is_scheduled(services: Services) -> None:
    drawn = ground.phase(services, "drawn", opens_in=2 * HOUR, open_for=3 * HOUR)
    sold = ground.drop(services, season(services), mode="raffle", opens_in=HOUR, phases=(drawn,))
    assert (sold.drop.mode, sold.drop.state) == ("raffle", "scheduled")
