"""Every file of the corpus gives what a person read out of it (see tests/data/ics/README.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from passes_service.catalog.ics_import import Import, Occurrence, read
from passes_service.core.errors import DomainError

CORPUS = Path(__file__).parents[2] / "data" / "ics"
FILES = sorted(path.stem for path in CORPUS.glob("*.ics"))


def imported(name: str, **options: Any) -> Import:
    return read(
        (CORPUS / f"{name}.ics").read_bytes(),
        floating_zone=options.get("floating_zone"),
        calendar_zone=options.get("calendar_zone", "Europe/Berlin"),
        horizon_start=datetime(2026, 1, 1, tzinfo=UTC),
        horizon_end=datetime(2027, 1, 1, tzinfo=UTC),
    )


def as_stated(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return list(value) if isinstance(value, tuple) else value


def shown(found: Occurrence, stated: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that the expectation states; a `*` stands for any uid."""
    fields = {name: as_stated(getattr(found, name)) for name in stated}
    return fields | ({"uid": "*"} if stated["uid"] == "*" else {})


def test_there_are_at_least_thirty_files_and_each_has_its_expectation() -> None:
    assert len(FILES) >= 30
    assert {path.name.removesuffix(".expected.json") for path in CORPUS.glob("*.json")} == set(
        FILES
    )


@pytest.mark.parametrize("name", FILES)
def test_file_gives_what_a_person_reads_in_it(name: str) -> None:
    expected = json.loads((CORPUS / f"{name}.expected.json").read_text("utf-8"))
    options = expected.get("options", {})
    if "error" in expected:
        with pytest.raises(DomainError) as refusal:
            imported(name, **options)
        assert refusal.value.code == expected["error"]["code"]
        if "line" in expected["error"]:
            assert refusal.value.members["line"] == expected["error"]["line"]
        return

    found = imported(name, **options)

    stated = expected["occurrences"]
    assert [shown(*pair) for pair in zip(found.occurrences, stated, strict=False)] == stated
    assert len(found.occurrences) == len(stated)
    skips = [
        [skip.reason_code, "*" if want[1] == "*" else skip.uid, skip.line]
        for skip, want in zip(found.skipped, expected["skipped"], strict=True)
    ]
    assert skips == expected["skipped"]
    remarks = [[note.code, note.line] for note in found.notes]
    assert remarks == expected.get("notes", remarks)
    assert found.name == expected.get("name", found.name)
    assert found.zone == expected.get("zone", found.zone)
