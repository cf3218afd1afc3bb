"""Every organizer page: it renders, roles and organizers stay apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import (
    Calendar,
    StaffMember,
    new_id,
)
from passes_service.web.deps import STAFF_COOKIE
from tests.web.pages import stage as stages
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage


def _pages(stage: Stage) -> list[str]:
    return [
        "/org",
        "/org/calendars",
        f"/org/calendars/{stage.calendar_id}",
        f"/org/calendars/{stage.calendar_id}/import",
        f"/org/calendars/{stage.calendar_id}/terms",
        f"/org/sessions/{stage.session_ids[0]}",
        f"/org/sessions/{stage.session_ids[0]}/cancel",
        "/org/series",
        "/org/passes",
        f"/org/passes/{stage.pass_ids[0]}",
        "/org/transfers",
        "/org/refunds",
    ]


class TestEveryPage:
    def test_it_renders_for_the_owner(self, owner: Browser, stage: Stage) -> None:
        for path in _pages(stage):
            answer = owner.get(path)
            assert answer.status == 200, path
            assert answer.headers["cache-control"] == "no-store"
            assert " style=" not in answer.text
            assert "<style" not in answer.text

    def test_ids_of_another_organizer_are_not_found(
        self, owner: Browser, stage: Stage, other_stage: Stage
    ) -> None:
        theirs = [path for path in _pages(other_stage) if path not in _pages(stage)]
        assert len(theirs) == 6
        for path in theirs:
            assert owner.get(path).status == 404, path
        for path in (
            f"/org/calendars/{other_stage.calendar_id}/sessions",
            f"/org/sessions/{other_stage.session_ids[0]}/cancel",
            f"/org/series/{other_stage.series_id}/close",
            f"/org/passes/{other_stage.pass_ids[0]}/void",
            f"/org/passes/{other_stage.pass_ids[0]}/reissue",
            f"/org/refunds/{new_id()}/settle",
        ):
            answer = owner.post(
                path,
                key=f"key-{path}"[:60],
                reason="mine now",
                reference="x",
                title="x",
                starts="2027-05-01T10:00",
                ends="2027-05-01T11:00",
                time_zone="Europe/Berlin",
            )
            assert answer.status == 404, path

    def test_without_a_login_one_is_led_to_it(self, visitor: Browser, stage: Stage) -> None:
        for path in _pages(stage):
            assert visitor.get(path).status == 303

    @pytest.mark.parametrize(("role", "closed"), [("viewer", 3), ("finance", 3), ("door", 7)])
    def test_a_role_sees_only_what_it_may(
        self,
        services: Services,
        stage: Stage,
        open_browser: Callable[[str, str], Browser],
        role: str,
        closed: int,
    ) -> None:
        with services.database.transaction() as session:
            member = StaffMember(
                organizer_id=stage.organizer_id,
                email="someone@example.org",
                name="Someone",
                role=role,
                created_at=services.clock(),
            )
            session.add(member)
            session.flush()
            token = stages.sign_in(session, services, stage.organizer_id, "staff", member.id)
        person = open_browser(STAFF_COOKIE, token)

        refused = [path for path in _pages(stage) if person.get(path).status == 403]

        assert len(refused) == closed
        assert person.post("/org/calendars", name="x", time_zone="UTC").status == 403
        home = person.get("/org").text
        assert ("/org/refunds" in home) == (role != "door")
        assert "/org/people" not in home


class TestCalendars:
    def test_a_calendar_is_made_once(self, services: Services, owner: Browser) -> None:
        values = {"name": "Autumn <b>", "time_zone": "America/New_York", "description": "a\r\nb"}
        first = owner.post("/org/calendars", key="make-one-1", **values)
        second = owner.post("/org/calendars", key="make-one-1", **values)

        assert (first.status, second.location) == (303, first.location)
        with services.database.reading() as session:
            assert len(session.exec(select(Calendar)).all()) == 2
        assert "Autumn &lt;b&gt;" in owner.get("/org/calendars").text

    def test_an_unknown_zone_comes_back_beside_its_field(self, owner: Browser) -> None:
        answer = owner.post("/org/calendars", name="Autumn", time_zone="Mars/Base")

        assert answer.status == 422
        assert 'id="time_zone-wrong"' in answer.text
        assert 'value="Autumn"' in answer.text

    def test_text_that_cannot_be_stored_is_refused(self, owner: Browser) -> None:
        answer = owner.post("/org/calendars", name="a\x00b", time_zone="UTC")

        assert answer.status == 422
        assert 'id="name-wrong"' in answer.text


class TestCancelled:
    def test_a_cancelled_session_can_only_be_looked_at(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            sessions.cancel(
                session,
                organizer_id=stage.organizer_id,
                session_id=stage.session_ids[0],
                now=services.clock(),
            )

        answer = owner.get(f"/org/sessions/{stage.session_ids[0]}")

        assert "It is cancelled." in answer.text
        assert 'name="starts"' not in answer.text
