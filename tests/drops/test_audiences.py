"""Lists of people: one spelling each, all or none, and kept while a phase reads them."""

from __future__ import annotations

from uuid import UUID

import pytest

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Audience
from passes_service.drops import audiences
from tests import season
from tests.drops import ground
from tests.fakes import Clock
from tests.season import Season

WALLET = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"


def _made(services: Services, made: Season, *addresses: str) -> UUID:
    with services.database.transaction() as session:
        return audiences.create(
            session,
            organizer_id=made.organizer_id,
            name="Friends",
            addresses=addresses,
            now=services.clock(),
        ).id


def _members(services: Services, made: Season, audience_id: UUID) -> list[str]:
    with services.database.reading() as session:
        row = session.get_one(Audience, (made.organizer_id, audience_id))
        return list(audiences.members(session, row))


def test_people_are_on_a_list_once_in_one_spelling(services: Services) -> None:
    made = season.season(services)
    key = _made(services, made, " Ada@Example.ORG", "ada@example.org", WALLET.lower(), WALLET)
    assert sorted(_members(services, made, key)) == sorted([WALLET, "ada@example.org"])
    with services.database.transaction() as session:
        row = session.get_one(Audience, (made.organizer_id, key))
        assert audiences.put_on(session, row, ["ADA@example.org", "new@example.org"]) == 1
        audiences.take_off(session, row, [WALLET.lower()])
        assert audiences.size(session, row) == 2
        assert audiences.members(session, row, after="ada@example.org") == ["new@example.org"]


def test_a_line_that_is_no_address_stops_all(services: Services) -> None:
    made = season.season(services)
    with pytest.raises(DomainError, match="Line 2") as refusal:
        _made(services, made, "ada@example.org", "nobody", "bob@example.org")
    assert refusal.value.members["line"] == 2
    with services.database.reading() as session:
        assert audiences.every(session, organizer_id=made.organizer_id) == []


def test_lists_are_counted(services: Services) -> None:
    made = season.season(services)
    _made(services, made, "ada@example.org", "bob@example.org")
    _made(services, made)
    with services.database.reading() as session:
        found = audiences.every(session, organizer_id=made.organizer_id)
    assert [count for _, count in found] == [0, 2]


def test_a_list_stays_while_a_phase_reads_it(services: Services, clock: Clock) -> None:
    made = season.season(services)
    key = _made(services, made, "ada@example.org")
    plan = ground.phase(services, "cohort", params={"audience_id": str(key)})
    sold = ground.drop(services, made, phases=(plan,))
    scope = {"organizer_id": made.organizer_id, "audience_id": key}
    with services.database.transaction() as session, pytest.raises(DomainError) as refusal:
        audiences.remove(session, **scope)
    assert refusal.value.code == "audience-in-use"
    with services.database.transaction() as session:
        session.merge(sold.drop).state = "closed"
    with services.database.transaction() as session:
        audiences.remove(session, **scope)
    with services.database.reading() as session:
        assert audiences.every(session, organizer_id=made.organizer_id) == []
