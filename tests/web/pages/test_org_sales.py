"""Terms, Series, passes and money: each form acts once, refusals come back in place."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.db.models import (
    Pass,
    Refund,
    Series,
    TermsDocument,
)
from passes_service.passes import queries
from passes_service.refunds import service as refunds
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage


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


def _fields(text: str) -> dict[str, str]:
    """Return the values of a form's fields as a browser would send them."""
    found = dict(re.findall(r'<input id="(\w+)" name="\w+" type="[\w-]+" value="([^"]*)"', text))
    found |= dict(re.findall(r'<input type="hidden" name="(preset)" value="([^"]*)"', text))
    for name, body in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.findall(r'value="([^"]*)" selected', body)
        found[name] = chosen[0] if chosen else re.findall(r'value="([^"]*)"', body)[0]
    return found
