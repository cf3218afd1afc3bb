"""The organizer's pages: each renders, each form acts once, refusals come back in place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import (
    Calendar,
    CalendarSession,
    Pass,
    Refund,
    Series,
    StaffMember,
    TermsDocument,
    new_id,
)
from passes_service.passes import queries
from passes_service.refunds import service as refunds
from passes_service.web.deps import STAFF_COOKIE
from tests.web.pages import stage as stages
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


class TestSessions:
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
        assert offered == ["2027-03-28T01:59:00", "2027-03-28T03:30:00"]
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


class TestTerms:
    def test_the_words_follow_what_is_typed(self, owner: Browser, stage: Stage) -> None:
        base = f"/org/calendars/{stage.calendar_id}/terms"
        values = _fields(owner.get(base).text)
        values["cap"] = "12"

        answer = owner.post(f"{base}/words", **values)

        assert answer.status == 200
        assert "At most 12 passes of this kind will ever exist." in answer.text
        assert "<html" not in answer.text
        assert "At most 12 passes" in owner.post(f"{base}/preview", **values).text

    def test_a_contradiction_is_shown_beside_its_field(self, owner: Browser, stage: Stage) -> None:
        base = f"/org/calendars/{stage.calendar_id}/terms"
        values = _fields(owner.get(base).text)

        answer = owner.post(base, **(values | {"step1_share": "100"}))
        assert answer.status == 422
        assert 'id="step1_share-wrong"' in answer.text
        assert 'id="cap-wrong"' in owner.post(base, **(values | {"cap": "many"})).text

    def test_publish_then_open_a_series_each_once(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        base = f"/org/calendars/{stage.calendar_id}/terms"
        values = _fields(owner.get(base).text) | {"title": "Balcony", "cap": "5"}
        first = owner.post(base, key="publish-1", **values)
        second = owner.post(base, key="publish-1", **values)
        assert first.status == 303
        assert first.location == second.location
        chosen = re.findall("0x[0-9a-f]{64}", first.location)[0]

        sent = {"terms_hash": chosen, "price": "12,50", "currency": "EUR"}
        for _ in range(2):
            assert owner.post("/org/series", key="open-1", **sent).status == 303

        with services.database.reading() as session:
            assert len(session.exec(select(TermsDocument)).all()) == 2
            prices = [row.price_minor for row in session.exec(select(Series))]
        assert sorted(prices) == [1_250, 12_000]

    @pytest.mark.parametrize("preset", ["flexible", "standard", "strict"])
    def test_each_preset_can_be_published_as_it_is(
        self, owner: Browser, stage: Stage, preset: str
    ) -> None:
        base = f"/org/calendars/{stage.calendar_id}/terms"
        values = _fields(owner.get(f"{base}?preset={preset}").text)

        assert owner.post(base, **values).status == 303

    def test_a_price_that_is_none_comes_back(self, owner: Browser, stage: Stage) -> None:
        answer = owner.post(
            "/org/series", terms_hash=stage.terms_hash, price="a lot", currency="EUR"
        )

        assert answer.status == 422
        assert 'id="price-wrong"' in answer.text


class TestPasses:
    def test_find_by_number_name_and_address(self, owner: Browser, stage: Stage) -> None:
        for text in ("1", "grace", "fan@example", str(stage.pass_ids[0])):
            assert "Grace Fan" in owner.get(f"/org/passes?q={text}").text
        assert "No pass fits." in owner.get("/org/passes?q=nobody").text
        assert owner.get("/org/passes?q=%00%25&series=nonsense").status == 422
        assert owner.get("/org/passes?q=%00%25").status == 200

    def test_issue_acts_once_and_shows_the_pass(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        values = {
            "series_id": str(stage.series_id),
            "email": "New@Example.org",
            "name": "New <Person>",
            "paid": "100",
        }
        first = owner.post("/org/passes", key="issue-1", **values)
        second = owner.post("/org/passes", key="issue-1", **values)

        assert first.status == 303
        assert first.location == second.location
        with services.database.reading() as session:
            assert sorted(row.paid_minor for row in session.exec(select(Pass))) == [10_000, 12_000]
        assert "New &lt;Person&gt; (new@example.org)" in owner.get(first.location).text

    def test_wrong_values_come_back_beside_their_fields(self, owner: Browser, stage: Stage) -> None:
        series = str(stage.series_id)
        wrong_mail = owner.post("/org/passes", series_id=series, email="nobody")
        assert 'id="email-wrong"' in wrong_mail.text
        too_much = owner.post(
            "/org/passes", key="issue-2", series_id=series, email="a@b.org", paid="121"
        )
        assert 'id="paid_minor-wrong"' in too_much.text
        assert 'value="121"' in too_much.text

    def test_reissue_and_withdraw_are_in_the_history(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        path = f"/org/passes/{stage.pass_ids[0]}"
        for _ in range(2):
            assert owner.post(f"{path}/reissue", key="again-1").status == 303
        assert 'id="reason-wrong"' in owner.post(f"{path}/void", reason=" ").text
        assert owner.post(f"{path}/void", key="void-1", reason="Charged <back>").status == 303

        shown = owner.get(path).text
        assert shown.count("Re-issued; earlier codes") == 1
        assert "Withdrawn: Charged &lt;back&gt;" in shown
        assert owner.post(f"{path}/void", key="void-2", reason="again").status == 409


class TestMoney:
    def test_a_refund_is_settled_once_with_its_reference(
        self, services: Services, owner: Browser, stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            held = queries.by_pass_id(
                session, organizer_id=stage.organizer_id, pass_id=stage.pass_ids[0]
            )
            refunds.request(session, held, actor="test", now=services.clock())
        shown = owner.get("/org/refunds").text
        path = re.findall(r'action="(/org/refunds/[0-9a-f-]+/settle)"', shown)[0]

        assert "-wrong" in owner.post(path, reference="").text
        for _ in range(2):
            assert owner.post(path, key="settle-1", reference="bank 4711").status == 303
        assert owner.post(path, key="settle-2", reference="bank 4712").status == 409

        assert "bank 4711" in owner.get("/org/refunds").text
        with services.database.reading() as session:
            assert [row.provider_ref for row in session.exec(select(Refund))] == ["bank 4711"]

    def test_offers_are_listed(self, owner: Browser, fan: Browser, stage: Stage) -> None:
        fan.post(f"/me/passes/{stage.pass_ids[0]}/transfer", recipient="friend@example.org")

        text = owner.get("/org/transfers").text

        assert "friend@example.org" in text
        assert "Offered" in text


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


def _typed(**changes: str) -> dict[str, str]:
    return {
        "title": "Extra",
        "starts": "2027-05-01T19:00",
        "ends": "2027-05-01T21:00",
        "time_zone": "Europe/Berlin",
    } | changes


def _fields(text: str) -> dict[str, str]:
    """Return the values of a form's fields as a browser would send them."""
    found = dict(re.findall(r'<input id="(\w+)" name="\w+" type="[\w-]+" value="([^"]*)"', text))
    found |= dict(re.findall(r'<input type="hidden" name="(preset)" value="([^"]*)"', text))
    for name, body in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', body)
        found[name] = chosen[0] if chosen else re.findall(r'value="([^"]*)"', body)[0]
    return found
