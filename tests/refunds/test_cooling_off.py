"""Cooling-off ends at the doors that were next at the purchase, whatever moves later."""

from __future__ import annotations

from datetime import timedelta

from passes_service.bootstrap import Services
from passes_service.refunds import service
from tests.catalog.acts import amend, fresh
from tests.fakes import Clock
from tests.season import DRAFT, issue, season

RULES = {**DRAFT["refund"], "steps": [], "cooling_off_seconds": 3_600, "move_window_seconds": 0}
MINUTE = timedelta(minutes=1)


def test_a_pass_bought_after_the_last_doors_has_none_though_the_season_moves_again(
    services: Services, clock: Clock
) -> None:
    made = season(services, refund=RULES)
    soon = clock() + 40 * MINUTE  # doors in ten minutes
    for row in made.sessions:
        amend(services, row, starts_at=soon, ends_at=soon + 60 * MINUTE)
    clock.forward(minutes=11)
    held = issue(services, made)
    for row in made.sessions:
        amend(services, row, starts_at=soon + 60 * MINUTE, ends_at=soon + 120 * MINUTE)
    clock.forward(minutes=1)

    with services.database.reading() as session:
        quote = service.quote(session, fresh(services, held), now=clock())
    assert quote.decision.code == "refund-nothing"


def test_a_pass_bought_before_doors_keeps_what_it_was_sold_with(
    services: Services, clock: Clock
) -> None:
    made = season(services, refund=RULES)
    held = issue(services, made)
    clock.forward(minutes=59)
    with services.database.reading() as session:
        quote = service.quote(session, fresh(services, held), now=clock())
    assert quote.decision.code == "refund-cooling-off"
    clock.forward(minutes=1)
    with services.database.reading() as session:
        quote = service.quote(session, fresh(services, held), now=clock())
    assert quote.decision.code == "refund-nothing"
