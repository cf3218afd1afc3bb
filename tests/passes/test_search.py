"""Staff find passes by number, name or e-mail, and by nothing else."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from passes_service.passes import queries
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    made = season(services)
    for email in ("mina@fans.example", "jonas@fans.example", "per_cent%@fans.example"):
        issue(services, made, email)
    return made


def _found(services: Services, made: Season, text: str) -> list[int]:
    with services.database.reading() as session:
        rows = queries.search(session, organizer_id=made.organizer_id, text=text)
    return sorted(held.row.serial for held in rows)


def test_by_number_pass_id_and_part_of_an_address(services: Services, made: Season) -> None:
    with services.database.reading() as session:
        first = queries.search(session, organizer_id=made.organizer_id, text="1")[0]
    assert _found(services, made, str(first.row.pass_id)) == [1]
    assert _found(services, made, " JONAS@ ") == [2]
    assert _found(services, made, "fans.example") == [1, 2, 3]
    assert _found(services, made, "") == [1, 2, 3]


@pytest.mark.parametrize(
    "text", ["9999999999", "2147483648", "9" * 40, "9" * 41, "²", "\u0661", "0", "\\", "%%%"]
)
def test_odd_texts_find_nothing_and_break_nothing(
    services: Services, made: Season, text: str
) -> None:
    assert _found(services, made, text) == []


def test_signs_of_the_pattern_language_stand_for_themselves(
    services: Services, made: Season
) -> None:
    assert _found(services, made, "r_c") == [3]
    assert _found(services, made, "cent%@") == [3]
    assert _found(services, made, "i_a") == []


def test_another_organizers_passes_are_never_found(services: Services, made: Season) -> None:
    rival = season(services, "rival")
    assert _found(services, rival, "fans.example") == []
