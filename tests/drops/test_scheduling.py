"""One plan becomes a Drop, or is refused with a word on what to do."""

from __future__ import annotations

from passes_service.bootstrap import Services
from passes_service.db.models import Series
from tests import season
from tests.drops import ground


def test_a_drop_sets_places_aside(services: Services) -> None:
    made = season.season(services)
    sold = ground.drop(services, made, quantity=3)
    with services.database.reading() as session:
        row = session.get_one(Series, (made.organizer_id, made.series.id))
        assert (row.set_aside, row.left) == (3, 2)
    assert sold.shop.state(services.clock()) == "open"
    assert (sold.shop.left, sold.shop.held, sold.shop.sold) == (3, 0, 0)
    assert [phase.kind for phase in sold.shop.phases] == ["public"]
    assert [offer.row.kind for offer in sold.shop.offers] == ["single"]
