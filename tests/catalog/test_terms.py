"""Terms are published once, for ever, about sessions that are really on offer; one cap each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from eth_hash.auto import keccak
from sqlalchemy import text
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import series, terms
from passes_service.catalog.errors import CurrencyUnfit, EscrowNotHere, TermsSold, TermsUnfit
from passes_service.core.money import Money
from passes_service.core.rules.terms import Terms
from passes_service.db.models import OutboxEvent, Series, TermsDocument
from tests.catalog.acts import cancel, later
from tests.season import DRAFT, PRICE, Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


def scope(made: Season) -> Any:
    return {"organizer_id": made.organizer_id, "calendar_id": made.calendar.id}


def drafted(services: Services, made: Season, **draft: Any) -> Terms:
    with services.database.reading() as session:
        return terms.draft(session, **scope(made), typed={**DRAFT, "title": "Other", **draft})


def publish(services: Services, made: Season, document: Terms) -> str:
    with services.database.transaction() as session:
        return terms.publish(session, **scope(made), document=document, now=services.clock())


def open_series(services: Services, made: Season, name: str, price: Money = PRICE) -> Series:
    with services.database.transaction() as session:
        return series.open_series(
            session,
            organizer_id=made.organizer_id,
            terms_hash=name,
            price=price,
            now=services.clock(),
        )


def test_publishing_again_is_the_same_hash_and_one_document(
    services: Services, made: Season
) -> None:
    document = drafted(services, made)
    assert publish(services, made, document) == publish(services, made, document)
    with services.database.reading() as session:
        rows = session.exec(select(TermsDocument)).all()
        events = session.exec(
            select(OutboxEvent).where(OutboxEvent.type == "terms.published")
        ).all()
    assert (len(rows), len(events)) == (2, 2)  # those of the season, and these


def test_the_hash_is_of_the_canonical_text_that_is_served(
    client: TestClient, services: Services, made: Season
) -> None:
    name = publish(services, made, drafted(services, made))
    served = client.get(f"/o/{made.organizer.slug}/terms/{name}.json").content
    assert "0x" + keccak(served).hex() == name


def test_terms_that_name_foreign_sessions_are_refused_by_field(
    services: Services, made: Season
) -> None:
    rival = season(services, "rival")
    foreign = drafted(services, rival)
    with pytest.raises(TermsUnfit) as refusal:
        publish(services, made, foreign)
    assert refusal.value.members["field"] == "portions[0].session_ids"


def test_terms_that_name_cancelled_sessions_are_refused_by_field(
    services: Services, made: Season
) -> None:
    document = drafted(services, made)
    cancel(services, made.sessions[1])
    with pytest.raises(TermsUnfit) as refusal:
        publish(services, made, document)
    assert refusal.value.members["field"] == "portions[1].session_ids"


@pytest.mark.parametrize("field", ["doors_at", "ends_at"])
def test_terms_with_other_doors_or_ends_are_refused_by_field(
    services: Services, made: Season, field: str
) -> None:
    document = drafted(services, made)
    portion = document.portions[2]
    wrong = replace(portion, **{field: getattr(portion, field) - timedelta(minutes=1)})
    document = replace(document, portions=(*document.portions[:2], wrong))
    with pytest.raises(TermsUnfit) as refusal:
        publish(services, made, document)
    assert refusal.value.members["field"] == "portions[2]"


def test_sold_terms_never_change_whatever_happens_to_the_sessions(
    services: Services, made: Season
) -> None:
    with services.database.reading() as session:
        before = terms.row(
            session, organizer_id=made.organizer_id, terms_hash=made.series.terms_hash
        ).canonical
    issue(services, made)
    later(services, made.sessions[0], timedelta(hours=3))
    cancel(services, made.sessions[1])
    with services.database.reading() as session:
        after = terms.row(
            session, organizer_id=made.organizer_id, terms_hash=made.series.terms_hash
        )
    assert after.canonical == before


def test_a_series_has_the_cap_of_its_terms_and_terms_have_one_series(
    services: Services, made: Season
) -> None:
    name = publish(services, made, drafted(services, made, cap=7))
    opened = open_series(services, made, name)
    assert (opened.cap, opened.title) == (7, "Other")
    with pytest.raises(TermsSold) as refusal:  # "at most 7 passes of this kind will ever exist"
        open_series(services, made, name, Money(1, "EUR"))
    assert refusal.value.members["series_id"] == str(opened.id)


def test_a_series_that_sold_nothing_may_be_closed_and_opened_at_another_price(
    services: Services, made: Season
) -> None:
    name = publish(services, made, drafted(services, made, cap=7))
    opened = open_series(services, made, name)
    with services.database.transaction() as session:
        series.close(
            session,
            organizer_id=made.organizer_id,
            series_id=opened.id,
            now=services.clock(),
        )
    assert open_series(services, made, name, Money(5, "EUR")).price_minor == 5


def test_no_series_opens_once_a_session_was_moved_or_cancelled(
    services: Services, made: Season
) -> None:
    moved = publish(services, made, drafted(services, made))
    later(services, made.sessions[0], timedelta(hours=1))
    with pytest.raises(TermsUnfit):
        open_series(services, made, moved)
    fitting = publish(services, made, drafted(services, made))
    cancel(services, made.sessions[0])
    with pytest.raises(TermsUnfit):
        open_series(services, made, fitting)


def test_fee_and_price_are_in_one_currency(services: Services, made: Season) -> None:
    fee = {"allowed": True, "frozen_minutes": 60, "fee_minor": 100, "fee_currency": "USD"}
    name = publish(services, made, drafted(services, made, transfer=fee))
    with pytest.raises(CurrencyUnfit) as refusal:
        open_series(services, made, name, Money(100, "EUR"))
    assert refusal.value.members["field"] == "currency"
    assert open_series(services, made, name, Money(100, "USD")).currency == "USD"


def test_escrow_is_not_for_this_book(services: Services, made: Season) -> None:
    name = publish(services, made, drafted(services, made, funding="escrow"))
    with pytest.raises(EscrowNotHere):
        open_series(services, made, name)


def test_the_database_itself_refuses_a_second_text_for_a_hash(
    services: Services, made: Season
) -> None:
    with services.database.reading() as session:
        count = session.connection().execute(text("SELECT count(*) FROM terms")).scalar_one()
    publish(services, made, drafted(services, made, cap=DRAFT["cap"], title=DRAFT["title"]))
    with services.database.reading() as session:
        assert (
            session.connection().execute(text("SELECT count(*) FROM terms")).scalar_one() == count
        )
