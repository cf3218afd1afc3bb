"""Editions: one published cap, numbers that run through all steps and never change."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Series
from passes_service.drops import editions
from tests import people, season
from tests.drops import ground
from tests.season import Season


def _edition(services: Services, made: Season, cap: int = 10) -> UUID:
    with services.database.transaction() as session:
        return editions.create(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            title="Founders",
            cap=cap,
            now=services.clock(),
        ).id


def _attach(services: Services, made: Season, edition_id: UUID, series: Series) -> Series:
    with services.database.transaction() as session:
        return editions.attach(
            session, organizer_id=made.organizer_id, edition_id=edition_id, series_id=series.id
        )


def _refused(services: Services, made: Season, edition_id: UUID, series: Series) -> str:
    with pytest.raises(DomainError) as refusal:
        _attach(services, made, edition_id, series)
    return refusal.value.code


def test_numbers_run_through_the_steps(services: Services) -> None:
    made = season.season(services)
    edition = _edition(services, made)
    later = ground.another_series(services, made)
    assert _attach(services, made, edition, made.series).edition_offset == 0
    assert _attach(services, made, edition, later).edition_offset == 5
    assert _attach(services, made, edition, later).edition_offset == 5


def test_steps_that_are_attached_at_once_get_numbers_of_their_own(services: Services) -> None:
    made = season.season(services)
    edition = _edition(services, made, cap=25)
    rows = [made.series] + [
        ground.another_series(services, made, title=f"Step {number}") for number in range(4)
    ]
    with ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda row: _attach(services, made, edition, row), rows))
    assert sorted(row.edition_offset for row in found) == [0, 5, 10, 15, 20]


def test_what_does_not_fit_is_refused(services: Services) -> None:
    made = season.season(services)
    edition, other = _edition(services, made, cap=7), _edition(services, made)
    _attach(services, made, edition, made.series)
    assert _refused(services, made, other, made.series) == "edition-unfit"
    assert (
        _refused(services, made, edition, ground.another_series(services, made)) == "edition-unfit"
    )
    elsewhere = season.season(services, "elsewhere")
    assert _refused(services, made, edition, elsewhere.series) == "not-found"


def test_numbers_that_were_shown_stay(services: Services) -> None:
    made = season.season(services)
    edition = _edition(services, made)
    season.issue(services, made)
    assert _refused(services, made, edition, made.series) == "edition-unfit"


def test_a_pass_has_a_number_in_its_edition(client: TestClient, services: Services) -> None:
    made = season.season(services)
    edition = _edition(services, made)
    _attach(services, made, edition, made.series)
    later = _attach(services, made, edition, ground.another_series(services, made))
    held = season.issue(services, replace(made, series=later))
    said = "6 of 10, “Founders”"
    people.sign_in_staff(client, services, made.owner)
    assert said in client.get(f"/org/passes/{held.row.pass_id}").text
    people.sign_in_holder(client, services, made.organizer_id)
    assert said in client.get(f"/me/passes/{held.row.pass_id}").text


def test_an_edition_has_at_least_one_pass(services: Services) -> None:
    with pytest.raises(DomainError) as refusal:
        _edition(services, season.season(services), cap=0)
    assert refusal.value.members["field"] == "cap"
