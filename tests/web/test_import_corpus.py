"""Every file of the corpus, sent as an organizer would: taken whole or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import Session, func, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import calendars
from passes_service.db.models import CalendarSession
from tests import people
from tests.fakes import Clock

CORPUS = Path(__file__).parents[1] / "data" / "ics"


def count(services: Services) -> int:
    with Session(services.database.reader) as session:
        return session.exec(select(func.count()).select_from(CalendarSession)).one()


def test_each_file_is_taken_or_refused_cleanly(
    client: TestClient, services: Services, clock: Clock
) -> None:
    clock.now = clock.now.replace(year=2026, month=1, day=2)
    organizer, owner = people.organizer(services)
    people.sign_in_staff(client, services, owner)
    files = sorted(CORPUS.glob("*.ics"))
    assert len(files) >= 30
    for path in files:
        expected = json.loads(path.with_suffix("").with_suffix(".expected.json").read_text())
        with services.database.transaction() as session:
            calendar = calendars.create(
                session,
                organizer_id=organizer.id,
                name=path.stem,
                time_zone="Europe/Berlin",
                now=clock(),
            )
        zone = expected.get("options", {}).get("floating_zone")
        before = count(services)
        answer = client.post(
            f"/api/v1/calendars/{calendar.id}/imports",
            params={"zone": zone} if zone else {},
            content=path.read_bytes(),
            headers=people.keyed(),
        )
        body = answer.json()
        if "error" in expected:
            assert answer.status_code in (413, 422), (path.name, body)
            assert body["code"] == expected["error"]["code"]
            assert count(services) == before
            continue
        assert answer.status_code == 200, (path.name, body)
        assert count(services) == before + body["created"]
        assert all(skip["reason"] and skip["reason_code"] for skip in body["skipped"])
        preview = client.post(
            f"/api/v1/calendars/{calendar.id}/imports",
            params={"dry_run": "true"} | ({"zone": zone} if zone else {}),
            content=path.read_bytes(),
            headers=people.keyed(),
        ).json()
        assert (preview["created"], preview["changed"], preview["cancelled"]) == (0, 0, 0), path


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd"])
def test_a_zone_that_is_none_is_refused_by_name(
    client: TestClient, services: Services, zone: str
) -> None:
    organizer, owner = people.organizer(services)
    people.sign_in_staff(client, services, owner)
    with services.database.transaction() as session:
        calendar = calendars.create(
            session,
            organizer_id=organizer.id,
            name="Nights",
            time_zone="Europe/Berlin",
            now=services.clock(),
        )
    answer = client.post(
        f"/api/v1/calendars/{calendar.id}/imports",
        params={"zone": zone},
        content=(CORPUS / "wordpress_eventon_floating_zone_stated_by_caller.ics").read_bytes(),
        headers=people.keyed(),
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"].startswith("ics-zone")


def test_what_was_decided_and_how_much_was_left_out_is_told(
    client: TestClient, services: Services
) -> None:
    tasks = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n" * 300
    file = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:gap\r\nSUMMARY:Gap\r\n"
        "DTSTART;TZID=Europe/Berlin:20270328T023000\r\n"
        f"DTEND;TZID=Europe/Berlin:20270328T050000\r\nEND:VEVENT\r\n{tasks}END:VCALENDAR\r\n"
    )
    _, owner = people.organizer(services)
    people.sign_in_staff(client, services, owner)
    made = client.post(
        "/api/v1/calendars",
        json={"name": "Season", "time_zone": "Europe/Berlin"},
        headers=people.keyed(),
    ).json()
    for dry in (True, False):
        answer = client.post(
            f"/api/v1/calendars/{made['id']}/imports",
            params={"dry_run": dry},
            content=file.encode(),
            headers={**people.keyed(), "Content-Type": "text/calendar"},
        )
        told = answer.json()
        assert (told["created"], told["skipped_in_all"], len(told["skipped"])) == (1, 300, 200)
        (note,) = told["notes"]
        assert note["uid"] == "gap"
        assert note["line"] == 3
        assert note["text"]
