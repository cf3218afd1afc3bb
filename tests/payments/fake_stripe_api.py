"""The fake's calls: method and path to what the book does. Unknown calls and fields are refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from tests.payments.fake_stripe_book import Book, Refused, Thing, checked_amount, new_id

Form = dict[str, Any]
HALF_AN_HOUR, A_DAY = 1800, 86_400
CARDS = {
    "pm_card_visa": "",
    "pm_card_chargeCustomerFail": "generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_authenticationRequired": "",
}


def form(text: str) -> Form:
    """Return urlencoded fields as a tree: a[b][0]=c is {"a": {"b": {"0": "c"}}}."""
    tree: Form = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        path = re.findall(r"[^\[\]]+", key)
        place = tree
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value
    return tree


def answer(book: Book, method: str, path: str, fields: Form) -> Thing:
    """Do one call.

    Raises:
        Refused: As the API would.
    """
    for verb, pattern, call in ROUTES:
        match = re.fullmatch(pattern, path)
        if verb == method and match:
            return call(book, fields, *match.groups())
    raise Refused(404, f"Unrecognized request URL ({method}: {path}).")


def create_intent(book: Book, fields: Form) -> Thing:
    known(
        fields,
        "amount currency automatic_payment_methods description metadata receipt_email",
    )
    amount, currency = number(fields, "amount"), str(fields.get("currency", ""))
    checked_amount(amount, currency)
    return book.intent(amount, currency, fields.get("metadata", {}), fields.get("description"))


def get_intent(book: Book, fields: Form, named: str) -> Thing:
    known(fields, "expand")
    return one(book.intents, named, "payment_intent")


def update_intent(book: Book, fields: Form, named: str) -> Thing:
    known(fields, "payment_method")
    intent = one(book.intents, named, "payment_intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise unexpected(intent)
    intent.update(payment_method=fields["payment_method"], status="requires_confirmation")
    return intent


def confirm_intent(book: Book, fields: Form, named: str) -> Thing:
    """Do what Stripe's script does in a browser; some cards ask for a second step."""
    known(fields, "payment_method")
    intent = one(book.intents, named, "payment_intent")
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise unexpected(intent)
    card = fields.get("payment_method") or intent["payment_method"]
    if card not in CARDS:
        raise Refused(400, "No such PaymentMethod.", code="resource_missing")
    intent["payment_method"] = card
    if card == "pm_card_authenticationRequired":
        intent.update(status="requires_action", next_action={"type": "use_stripe_sdk"})
        book.happened("payment_intent.requires_action", intent)
    elif CARDS[card]:
        book.decline(intent, CARDS[card], "Your card was declined.")
        raise Refused(402, "Your card was declined.", type="card_error", code="card_declined")
    else:
        book.succeed(intent)
    return intent


def cancel_intent(book: Book, fields: Form, named: str) -> Thing:
    known(fields, "")
    intent = one(book.intents, named, "payment_intent")
    pages = [each for each in book.sessions.values() if each["payment_intent"] == named]
    if any(each["status"] == "open" for each in pages):
        raise Refused(400, "It belongs to an open Checkout Session: expire that.")
    book.cancel(intent)
    return intent


def list_intents(book: Book, fields: Form) -> Thing:
    known(fields, "created limit starting_after expand")
    since = int(fields.get("created", {}).get("gte", 0))
    found = [each for each in book.intents.values() if each["created"] >= since]
    listed = page("/v1/payment_intents", reversed(found), fields)
    if "data.latest_charge" in fields.get("expand", {}).values():
        listed["data"] = [
            each | {"latest_charge": book.charges.get(each["latest_charge"] or "")}
            for each in listed["data"]
        ]
    return listed


def create_session(book: Book, fields: Form) -> Thing:
    known(
        fields,
        "mode line_items success_url cancel_url client_reference_id customer_email expires_at "
        "metadata payment_intent_data",
    )
    [item] = fields["line_items"].values()
    price = item["price_data"]
    amount, currency = number(price, "unit_amount"), price["currency"]
    checked_amount(amount, currency)
    expires = number(fields, "expires_at")
    if not HALF_AN_HOUR <= expires - book.now() <= A_DAY:
        raise Refused(400, "expires_at is 30 minutes to 24 hours from now.", param="expires_at")
    named = new_id("cs_test")
    session = {
        "id": named,
        "object": "checkout.session",
        "amount_total": amount,
        "client_reference_id": fields.get("client_reference_id"),
        "created": book.now(),
        "currency": currency,
        "expires_at": expires,
        "metadata": fields.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_intent_data": fields.get("payment_intent_data", {}),
        "payment_status": "unpaid",
        "status": "open",
        "success_url": fields["success_url"],
        "cancel_url": fields["cancel_url"],
        "url": f"https://checkout.stripe.test/c/pay/{named}",
    }
    book.sessions[named] = session
    return shown(session)


def get_session(book: Book, fields: Form, named: str) -> Thing:
    known(fields, "expand")
    return shown(one(book.sessions, named, "checkout.session"))


def expire_session(book: Book, fields: Form, named: str) -> Thing:
    session = one(book.sessions, named, "checkout.session")
    if session["status"] != "open":
        raise Refused(400, f"Only open Sessions expire; this one is {session['status']}.")
    session.update(status="expired", url=None)
    book.happened("checkout.session.expired", shown(session))
    return shown(session)


def create_refund(book: Book, fields: Form) -> Thing:
    known(fields, "payment_intent amount metadata")
    intent = one(book.intents, fields["payment_intent"], "payment_intent")
    amount = number(fields, "amount") if "amount" in fields else None
    return book.refund(intent, amount, fields.get("metadata", {}))


def get_refund(book: Book, fields: Form, named: str) -> Thing:
    return one(book.refunds, named, "refund")


def list_refunds(book: Book, fields: Form) -> Thing:
    known(fields, "payment_intent limit starting_after")
    intent = one(book.intents, fields["payment_intent"], "payment_intent")["id"]
    found = [each for each in book.refunds.values() if each["payment_intent"] == intent]
    return page("/v1/refunds", reversed(found), fields)


ROUTES: tuple[tuple[str, str, Callable[..., Thing]], ...] = (
    ("POST", r"/v1/payment_intents", create_intent),
    ("GET", r"/v1/payment_intents", list_intents),
    ("GET", r"/v1/payment_intents/(\w+)", get_intent),
    ("POST", r"/v1/payment_intents/(\w+)", update_intent),
    ("POST", r"/v1/payment_intents/(\w+)/confirm", confirm_intent),
    ("POST", r"/v1/payment_intents/(\w+)/cancel", cancel_intent),
    ("POST", r"/v1/checkout/sessions", create_session),
    ("GET", r"/v1/checkout/sessions/(\w+)", get_session),
    ("POST", r"/v1/checkout/sessions/(\w+)/expire", expire_session),
    ("POST", r"/v1/refunds", create_refund),
    ("GET", r"/v1/refunds", list_refunds),
    ("GET", r"/v1/refunds/(\w+)", get_refund),
)


def shown(session: Thing) -> Thing:
    """Return a session as the API shows it."""
    return {key: value for key, value in session.items() if key != "payment_intent_data"}


def known(fields: Form, names: str) -> None:
    for name in fields:
        if name not in names.split():
            raise Refused(
                400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )


def number(fields: Form, name: str) -> int:
    value = str(fields.get(name, ""))
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise Refused(
            400, f"Invalid integer: {value[:20]}", code="parameter_invalid_integer", param=name
        )
    return int(value)


def one(things: dict[str, Thing], named: str, kind: str) -> Thing:
    if named not in things:
        raise Refused(404, f"No such {kind}: '{named}'", code="resource_missing", param="id")
    return things[named]


def unexpected(intent: Thing) -> Refused:
    return Refused(
        400,
        f"This PaymentIntent is {intent['status']}.",
        code="payment_intent_unexpected_state",
    )


def page(url: str, found: Iterable[Thing], fields: Form) -> Thing:
    """Return one page of a list, newest first."""
    rows = list(found)
    ids = [each["id"] for each in rows]
    start = ids.index(fields["starting_after"]) + 1 if "starting_after" in fields else 0
    limit = int(fields.get("limit", 10))
    return {
        "object": "list",
        "url": url,
        "has_more": len(rows) > start + limit,
        "data": rows[start : start + limit],
    }
