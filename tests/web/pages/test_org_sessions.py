"""Sessions and imports: local times, moves, cancellations, previews."""

from __future__ import annotations

import re

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import (
    CalendarSession,
)
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage

ICS = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:extra@test\r
DTSTAMP:20270101T000000Z\r
DTSTART;TZID=Europe/Berlin:20270601T190000\r
DTEND;TZID=Europe/Berlin:20270601T220000\r
SUMMARY:An extra <night> & more\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:bad@test\r
SUMMARY:No start\r
END:VEVENT\r
END:VCALENDAR\r
"""


class TestSessions:
    def test_a_cancelled_one_can_be_brought_back(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[0]}"
        assert "takes place after all" not in owner.get(path).text
        assert owner.post(f"{path}/cancel").status == 303
        assert "takes place after all" in owner.get(path).text
        for _ in range(2):
            assert owner.post(f"{path}/reinstate", key="back-1-2-3-4").status == 303
        with services.database.reading() as session:
            row = session.get_one(CalendarSession, (stage.organizer_id, stage.session_ids[0]))
        assert (row.status, row.sequence) == ("scheduled", 2)

    def test_one_is_added_by_the_clock_on_the_wall(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/calendars/{stage.calendar_id}/sessions"
        for _ in range(2):
            answer = owner.post(path, key="add-one-1", **_typed())
            assert answer.status == 303

        with services.database.reading() as session:
            found = [r for r in session.exec(select(CalendarSession)) if r.title == "Extra"]
        assert len(found) == 1
        assert found[0].starts_at.isoformat() == "2027-05-01T17:00:00+00:00"

    def test_an_hour_that_does_not_exist_offers_both_neighbours(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/calendars/{stage.calendar_id}/sessions"
        typed = _typed(starts="2027-03-28T02:30", ends="2027-03-28T05:00")

        answer = owner.post(path, **typed)

        assert answer.status == 422
        assert "The clocks jump" in answer.text or "the clocks jump" in answer.text
        offered = re.findall(r'name="starts_pick" value="([^"]+)"', answer.text)
        assert offered == ["2027-03-28T01:30:00", "2027-03-28T03:30:00"]
        picked = owner.post(path, key="pick-one-1", **typed, starts_pick=offered[1])
        assert picked.status == 303

    def test_a_wrong_end_comes_back_with_what_was_typed(self, owner: Browser, stage: Stage) -> None:
        answer = owner.post(
            f"/org/calendars/{stage.calendar_id}/sessions", **_typed(ends="2027-05-01T18:00")
        )

        assert answer.status == 422
        assert 'id="ends-wrong"' in answer.text
        assert 'value="Extra"' in answer.text

    def test_a_move_is_shown_with_who_is_told_before_it_happens(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[2]}"
        form = owner.get(path).text
        values = dict(re.findall(r'<input id="(\w+)" name="\w+"[^>]*value="([^"]*)"', form))
        values["starts"], values["ends"] = "2027-04-10T20:00", "2027-04-10T23:00"

        asked = owner.post(path, key="move-one-1", **values)

        assert asked.status == 200
        assert "1 person holds 1 pass" in asked.text
        assert "Sat 10 April 2027" in asked.text
        with services.database.reading() as session:
            row = session.get(CalendarSession, (stage.organizer_id, stage.session_ids[2]))
            assert row is not None
            assert row.status == "scheduled"
        assert owner.post(path, key="move-one-2", **values, confirm="yes").status == 303
        assert "Moved" in owner.get(path).text

    def test_cancelling_says_what_is_owed_and_happens_once(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[1]}/cancel"
        asked = owner.get(path)
        assert "1 person holds 1 pass" in asked.text
        assert "EUR 39.99" in asked.text or "EUR 40.00" in asked.text

        assert owner.post(path, key=asked.key).status == 303
        assert owner.post(path, key=asked.key).status == 303

        assert "Cancelled" in owner.get(f"/org/calendars/{stage.calendar_id}").text


class TestImport:
    def test_the_preview_changes_nothing_and_the_same_bytes_are_applied(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        base = f"/org/calendars/{stage.calendar_id}/import"
        shown = owner.client.post(
            f"{base}/preview",
            files={"file": ("season.ics", ICS.encode(), "text/calendar")},
            headers={"Accept": "text/html"},
        )
        assert shown.status_code == 200
        assert "An extra &lt;night&gt; &amp; more" in shown.text
        assert "Import 1 change<" in shown.text
        assert "Skipped" in shown.text
        with services.database.reading() as session:
            assert len(session.exec(select(CalendarSession)).all()) == 3
        packed = re.findall(r'name="packed" value="([^"]+)"', shown.text)[0]

        first = owner.post(base, key="import-1", packed=packed, floating_zone="")
        second = owner.post(base, key="import-1", packed=packed, floating_zone="")

        assert (
            first.location
            == second.location
            == (f"/org/calendars/{stage.calendar_id}?imported=1-0-0")
        )
        assert "1 created, 0 changed, 0 cancelled" in owner.get(first.location).text

    def test_a_broken_file_is_refused_with_its_line(self, owner: Browser, stage: Stage) -> None:
        answer = owner.post(
            f"/org/calendars/{stage.calendar_id}/import/preview",
            text=ICS.replace("END:VCALENDAR\r\n", ""),
        )

        assert answer.status == 422
        assert "Calendar file is broken" in answer.text
        assert "UID:extra@test" in answer.text

    def test_nothing_at_all_is_refused_beside_the_field(self, owner: Browser, stage: Stage) -> None:
        base = f"/org/calendars/{stage.calendar_id}/import"

        assert 'id="text-wrong"' in owner.post(f"{base}/preview", text=" ").text
        assert 'id="text-wrong"' in owner.post(base, packed="nonsense").text


def _typed(**changes: str) -> dict[str, str]:
    return {
        "title": "Extra",
        "starts": "2027-05-01T19:00",
        "ends": "2027-05-01T21:00",
        "time_zone": "Europe/Berlin",
    } | changes
