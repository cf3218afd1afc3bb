"""Who was drawn buys the one place; nobody else can."""

from __future__ import annotations

import pytest
from sqlmodel import select

from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.checkout import placing
from passes_service.checkout.errors import LimitReached, RaffleInstead
from passes_service.db.models import MailMessage, RaffleEntry
from passes_service.passes import places
from passes_service.worker import loop
from tests.checkout import ground
from tests.drops import raffle_ground


def test_only_the_drawn_buy_and_once(services: Services) -> None:
    raffle = raffle_ground.raffle(services, places=1)
    with services.database.transaction() as session:
        series_id = raffle.made.series.id
        scope = {"organizer_id": raffle.drop.organizer_id}
        places.set_aside(session, **scope, series_id=series_id, count=1)
    people = [raffle.holder(name) for name in ("ann", "bob", "cem")]
    for each in people:
        raffle.enter(each)
    with pytest.raises(RaffleInstead):
        ground.hold(services, raffle.drop, holder_id=people[0])
    raffle.close()
    raffle.draw()
    entries = {entry.holder_id: entry for entry in raffle.entries()}
    winner = next(each for each, entry in entries.items() if entry.state == "won")
    loser = next(each for each, entry in entries.items() if entry.state != "won")
    with pytest.raises(RaffleInstead):
        ground.hold(services, raffle.drop, holder_id=loser)
    with pytest.raises(RaffleInstead):
        ground.hold(services, raffle.drop)
    with pytest.raises(FieldRefused):
        ground.hold(services, raffle.drop, holder_id=winner, quantity=2)
    order = ground.hold(services, raffle.drop, holder_id=winner)
    with pytest.raises((LimitReached, RaffleInstead)):
        ground.hold(services, raffle.drop, holder_id=winner)
    with services.database.transaction() as session:
        row = ground.live(session, order, services.clock())
        placing.place(session, row, holder_id=winner, now=services.clock())
    assert len(ground.complete(services, order)) == 1
    while loop.drain(services, services.clock()):
        pass
    with services.database.reading() as session:
        entry = session.get_one(RaffleEntry, (raffle.drop.organizer_id, entries[winner].id))
        letters = session.exec(select(MailMessage)).all()
    assert entry.state == "taken"
    assert [row.subject.split(":")[0] for row in letters].count("You were drawn") == 1
    ground.check_book(services, raffle.drop.organizer_id)
