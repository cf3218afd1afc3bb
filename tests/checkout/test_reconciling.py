"""Every disagreement between provider and book is found once, and mended or named."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlmodel import col, select

from passes_service.checkout.reconciling import Finding
from passes_service.db.models import Order, OrderLine, Pass, Payment
from passes_service.worker import reconcile
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop
from tests.checkout.test_paying import only_pass, reference


def look(shop: Shop) -> list[Finding]:
    """Compare both books an hour later."""
    return list(reconcile.compare(shop.services, shop.clock.forward(hours=1)))


def bought(shop: Shop, **more: object) -> dict[str, object]:
    order = shop.order(**more)  # type: ignore[arg-type]
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    return order


def kinds(found: list[Finding]) -> list[tuple[str, bool]]:
    return [(each.kind, each.mended) for each in found]


def test_books_that_agree_have_no_findings(shop: Shop) -> None:
    bought(shop)
    assert look(shop) == []


def test_money_that_nobody_told_us_of_becomes_passes(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    assert kinds(look(shop)) == [("paid", True)]
    assert shop.read(order)["state"] == "completed"
    assert look(shop) == []
    ground.check_book(shop.services, shop.organizer_id)


def test_a_card_that_was_declined_and_then_paid_in_silence_is_found(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.decline(reference(shop))
    shop.tell("payment_intent.payment_failed")
    shop.peer.pay(reference(shop))
    assert kinds(look(shop)) == [("paid", True)]
    assert shop.read(order)["state"] == "completed"


def test_money_for_a_payment_that_the_book_lost_goes_back(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    with shop.services.database.transaction() as session:
        session.execute(delete(Payment))
        session.execute(delete(OrderLine))
        session.execute(delete(Order))
    bought_elsewhere(shop)
    assert kinds(look(shop)) == [("unknown", True)]
    assert [one["amount"] for one in shop.peer.book.refunds.values()] == [6_000]
    assert look(shop) == []


def bought_elsewhere(shop: Shop) -> None:
    """Let the book have one payment at least, or nobody is asked."""
    bought(shop, email="other@example.org")


def test_a_dispute_that_nobody_told_us_of_closes_the_door(shop: Shop) -> None:
    bought(shop)
    shop.peer.dispute(reference(shop))
    assert kinds(look(shop)) == [("disputed", True)]
    assert only_pass(shop).state == "void"
    assert look(shop) == []


def test_a_whole_refund_by_hand_withdraws_the_passes(shop: Shop) -> None:
    bought(shop)
    shop.peer.refund_by_hand(reference(shop), 6_000)
    assert kinds(look(shop)) == [("by-hand", True)]
    assert only_pass(shop).state == "void"
    assert look(shop) == []


def test_a_part_that_was_refunded_by_hand_is_for_a_person(shop: Shop) -> None:
    bought(shop)
    shop.peer.refund_by_hand(reference(shop), 100)
    found = look(shop)
    assert kinds(found) == [("by-hand-in-part", False)]
    assert "EUR 1.00 was sent back there" in found[0].sentence
    assert only_pass(shop).state == "active"


def test_a_refund_of_ours_that_the_bank_sent_back_is_open_again(shop: Shop) -> None:
    bought(shop)
    people.sign_in_holder(shop.client, shop.services, shop.organizer_id)
    path = f"/api/v1/me/passes/{only_pass(shop).pass_id}/refunds"
    assert shop.client.post(path, json={}, headers=people.keyed()).status_code == 201
    shop.work()
    assert look(shop) == []
    (refund,) = shop.peer.book.refunds
    shop.peer.end_refund(refund, fails=True)
    assert kinds(look(shop)) == [("not-sent-back", False)]
    assert look(shop) == []


def test_what_succeeded_only_here_is_for_a_person(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    with shop.services.database.transaction() as session:
        session.execute(update(Payment).values(state="succeeded"))
    assert kinds(look(shop)) == [("not-there", False)]


def test_somebody_elses_business_in_the_same_account_is_left_alone(shop: Shop) -> None:
    bought(shop)
    intent = shop.peer.book.intent(500, "eur", {}, "T-shirt")
    shop.peer.book.succeed(intent)
    assert look(shop) == []


def test_a_provider_that_does_not_answer_is_said(shop: Shop) -> None:
    bought(shop)
    shop.peer.fail("GET", "/v1/payment_intents", status=500, times=50)
    assert kinds(look(shop)) == [("not-asked", False)]


def test_nothing_young_is_called_different(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    found = list(reconcile.compare(shop.services, shop.clock.forward(minutes=5)))
    assert found == []
    with shop.services.database.reading() as session:
        assert session.exec(select(Pass).where(col(Pass.state) == "active")).all() == []
