"""Organizers' pages about how sessions and calendars look in apps, without scripts."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import calendars, sessions
from passes_service.db.models import Calendar
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage


class TestLook:
    def test_a_calendar_is_made_public_and_private_again(
        self, services: Services, owner: Browser, visitor: Browser, stage: Stage
    ) -> None:
        calendar = f"/org/calendars/{stage.calendar_id}"
        assert "Only holders of passes" in owner.get(calendar).text
        typed = {"name": "Spring", "description": "", "color": "teal", "image_url": ""}
        answer = owner.post(f"{calendar}/look", "look-one", **typed, public="yes")
        assert (answer.status, answer.location) == (303, calendar)
        address = f"https://passes.test/o/{stage.slug}/calendars/{stage.calendar_id}.ics"
        assert address in owner.get(calendar).text
        page = visitor.get(f"/o/{stage.slug}").text
        assert address in page
        assert f"/o/{stage.slug}/sessions/{stage.session_ids[0]}.ics" in page
        assert 'value="teal" checked' in owner.get(f"{calendar}/look").text
        owner.post(f"{calendar}/look", "look-two", **typed)
        assert address not in visitor.get(f"/o/{stage.slug}").text
        assert ".ics" not in visitor.get(f"/o/{stage.slug}").text

    def test_a_bad_picture_comes_back_with_all_that_was_typed(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        typed = {"name": "Spring", "color": "gold", "image_url": "ftp://x", "public": "yes"}
        answer = owner.post(f"/org/calendars/{stage.calendar_id}/look", **typed)
        assert answer.status == 422
        assert 'id="image_url-wrong"' in answer.text
        for shown in ('value="ftp://x"', 'value="gold" checked', 'value="yes" checked'):
            assert shown in answer.text
        with services.database.reading() as session:
            row = session.get_one(Calendar, (stage.organizer_id, stage.calendar_id))
        assert (row.name, row.color, row.public) == ("Spring nights", "", False)

    def test_a_colour_chosen_by_the_api_stays_choosable(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            calendars.change(
                session,
                organizer_id=stage.organizer_id,
                calendar_id=stage.calendar_id,
                color="papayawhip",
            )
        shown = owner.get(f"/org/calendars/{stage.calendar_id}/look").text
        assert 'value="papayawhip" checked' in shown

    def test_another_organizers_calendar_is_not_found(
        self, owner: Browser, other_stage: Stage
    ) -> None:
        path = f"/org/calendars/{other_stage.calendar_id}/look"
        assert owner.get(path).status == 404
        assert owner.post(path, name="Mine now").status == 404


class TestSession:
    def test_kinds_place_and_languages_are_typed_kept_and_taken_out(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[0]}"
        values = _fields(owner.get(path).text)
        languages = {
            "text_language": ["de", "", "fr"],
            "text_title": ["Brot und <Feuer>", "", "Pain"],
            "text_location": ["", "", ""],
            "text_description": ["Am\r\nOfen", "", ""],
        }
        typed = values | languages | {"categories": "Supper, , Fire", "coordinates": "52.5;-13.4"}
        assert owner.post(path, "first-time", **typed).status == 303
        found = _details(services, stage)
        assert found.texts == {
            "de": {"title": "Brot und <Feuer>", "description": "Am\nOfen"},
            "fr": {"title": "Pain"},
        }
        assert found.categories == ("Supper", "Fire")
        assert (found.latitude, found.longitude) == (52.5, -13.4)
        shown = owner.get(path).text
        assert 'value="Brot und &lt;Feuer&gt;"' in shown
        assert 'value="52.5, -13.4"' in shown
        bare = {name: [text[0]] for name, text in languages.items()}
        owner.post(path, "second-time", **values | bare | {"categories": "", "coordinates": ""})
        found = _details(services, stage)
        assert (list(found.texts), found.categories, found.latitude) == (["de"], (), None)

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"text_title": ["Brot"]}, "Say which language"),
            ({"text_language": ["de", "de"], "text_title": ["A", "B"]}, "there twice"),
            ({"text_language": ["de", "DE"], "text_title": ["A", "B"]}, "there twice"),
            ({"text_language": ["german, please"], "text_title": ["A"]}, "such as de"),
            ({"text_language": ["de"], "text_title": ["x" * 301]}, "0 to 300 characters"),
            ({"coordinates": "at home"}, "such as 52.52, 13.40"),
            ({"coordinates": "91, 0"}, "such as 52.52, 13.40"),
            ({"categories": ",".join("abcdefghijk")}, "up to 10 categories"),
            ({"categories": "x" * 61}, "up to 10 categories"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(
        self, owner: Browser, stage: Stage, typed: dict[str, Any], said: str
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[0]}"
        answer = owner.post(path, **_fields(owner.get(path).text) | typed)
        assert answer.status == 422
        assert said in answer.text
        for value in typed.values():
            for text in value if isinstance(value, list) else [value]:
                assert f'value="{text}"' in answer.text

    def test_a_move_takes_them_along(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/sessions/{stage.session_ids[0]}"
        typed = _fields(owner.get(path).text) | {
            "starts": "2027-04-10T20:00",
            "ends": "2027-04-10T23:00",
            "categories": "Supper",
            "coordinates": "1, 2",
            "text_language": ["de", "fr"],
            "text_title": ["Brot", "Pain"],
            "text_description": ["Eins\r\nzwei", ""],
        }
        asked = owner.post(path, "move-asked", **typed)
        assert asked.status == 200
        hidden: dict[str, Any] = {}
        pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text)
        for name, value in pairs:
            hidden.setdefault(name, []).append(html.unescape(value))
        hidden.pop("_key")
        assert owner.post(path, "move-done", **hidden).status == 303
        found = _details(services, stage)
        assert found.starts_at == datetime(2027, 4, 10, 18, tzinfo=UTC)
        assert found.categories == ("Supper",)
        assert found.longitude == 2
        german = {"title": "Brot", "description": "Eins\nzwei"}
        assert found.texts == {"de": german, "fr": {"title": "Pain"}}


def _fields(text: str) -> dict[str, Any]:
    return dict(re.findall(r'<input id="(\w+)" name="\w+"[^>]*value="([^"]*)"', text))


def _details(services: Services, stage: Stage) -> sessions.Details:
    with services.database.reading() as session:
        row = sessions.get(
            session, organizer_id=stage.organizer_id, session_id=stage.session_ids[0]
        )
        return sessions.details_of(row)
