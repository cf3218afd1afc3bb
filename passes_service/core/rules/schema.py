"""The Terms document: strict JSON in, the same JSON out."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, cast, get_args

from passes_service.core.money import BASIS_POINTS, EXPONENTS
from passes_service.core.rules import checks
from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.instants import format_instant
from passes_service.core.rules.reading import MAX_JSON_INT, Reader
from passes_service.core.rules.terms import (
    MAX_PORTIONS,
    VERSION,
    EntryMode,
    EntryRule,
    Funding,
    Portion,
    RefundRule,
    RefundStep,
    Terms,
    TransferRule,
)

MAX_CAP = 2**32 - 1  # serials have 32 bits
MAX_SESSIONS_PER_PORTION = 1000
MAX_STEPS = 16
YEAR = 366 * 86_400
_HASH = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


def parse(document: object) -> Terms:
    """Return the Terms that a decoded JSON document states.

    Raises:
        TermsInvalid: Anything unknown, missing, of another type, out of range or out of order;
            `members["field"]` is its path, such as `refund.steps[1].share_bp`.
    """
    read = Reader(document)
    read.integer("version", VERSION, VERSION)
    terms = Terms(
        organizer=read.text("organizer"),
        calendar=read.text("calendar"),
        pass_type=read.text("pass_type"),
        title=read.text("title"),
        time_zone=read.time_zone("time_zone"),
        cap=read.integer("cap", 1, MAX_CAP),
        transfer=_transfer(read.take("transfer")),
        refund=_refund(read.take("refund")),
        entry=_entry(read.take("entry")),
        portions=tuple(_portion(v, p) for p, v in read.items("portions", 1, MAX_PORTIONS)),
        conveys=read.texts("conveys", 0, 50, 500),
        excludes=read.texts("excludes", 0, 50, 500),
        sale_closes_at=read.instant("sale_closes_at"),
        funding=cast("Funding", read.choice("funding", get_args(Funding))),
        amends=_amends(read),
    )
    read.finish()
    checks.check(terms)
    return terms


def _transfer(value: object) -> TransferRule:
    read = Reader(value, "transfer")
    rule = TransferRule(
        allowed=read.boolean("allowed"),
        opens_at=read.optional("opens_at", read.instant),
        closes_at=read.optional("closes_at", read.instant),
        max_count=read.optional("max_count", lambda key: read.integer(key, 1, MAX_CAP)),
        frozen_minutes=read.integer("frozen_minutes", 0, 30 * 1440),
        fee_minor=read.integer("fee_minor", 0, MAX_JSON_INT),
        fee_currency=read.optional("fee_currency", lambda key: read.choice(key, EXPONENTS)),
    )
    read.finish()
    return rule


def _refund(value: object) -> RefundRule:
    read = Reader(value, "refund")
    rule = RefundRule(
        steps=tuple(_step(v, p) for p, v in read.items("steps", 0, MAX_STEPS)),
        cooling_off_seconds=read.integer("cooling_off_seconds", 0, YEAR),
        guarantee_bp=read.integer("guarantee_bp", 0, BASIS_POINTS),
        move_window_seconds=read.integer("move_window_seconds", 0, YEAR),
    )
    read.finish()
    return rule


def _step(value: object, path: str) -> RefundStep:
    read = Reader(value, path)
    step = RefundStep(
        until=read.instant("until"), share_bp=read.integer("share_bp", 1, BASIS_POINTS)
    )
    read.finish()
    return step


def _entry(value: object) -> EntryRule:
    read = Reader(value, "entry")
    rule = EntryRule(
        mode=cast("EntryMode", read.choice("mode", get_args(EntryMode))),
        reentry=read.boolean("reentry"),
        doors_minutes_before=read.integer("doors_minutes_before", 0, 1440),
    )
    read.finish()
    return rule


def _portion(value: object, path: str) -> Portion:
    read = Reader(value, path)
    portion = Portion(
        index=read.integer("index", 0, MAX_PORTIONS - 1),
        title=read.text("title"),
        session_ids=read.texts("session_ids", 1, MAX_SESSIONS_PER_PORTION, 100),
        weight_bp=read.integer("weight_bp", 1, BASIS_POINTS),
        doors_at=read.instant("doors_at"),
        ends_at=read.instant("ends_at"),
        settles_at=read.instant("settles_at"),
    )
    read.finish()
    return portion


def _amends(read: Reader) -> str | None:
    value = read.take("amends")
    if value is None or (isinstance(value, str) and _HASH.fullmatch(value)):
        return value
    raise TermsInvalid("amends", "must be null or a Terms hash: 0x and 64 lower-case hex digits")


def to_document(terms: Terms) -> dict[str, Any]:
    """Return the JSON document of `terms`: every key, instants as RFC 3339, integers only."""
    transfer, refund, entry = terms.transfer, terms.refund, terms.entry
    return {
        "version": terms.version,
        "organizer": terms.organizer,
        "calendar": terms.calendar,
        "pass_type": terms.pass_type,
        "title": terms.title,
        "time_zone": terms.time_zone,
        "cap": terms.cap,
        "transfer": {
            "allowed": transfer.allowed,
            "opens_at": _instant(transfer.opens_at),
            "closes_at": _instant(transfer.closes_at),
            "max_count": transfer.max_count,
            "frozen_minutes": transfer.frozen_minutes,
            "fee_minor": transfer.fee_minor,
            "fee_currency": transfer.fee_currency,
        },
        "refund": {
            "steps": [
                {"until": format_instant(step.until), "share_bp": step.share_bp}
                for step in refund.steps
            ],
            "cooling_off_seconds": refund.cooling_off_seconds,
            "guarantee_bp": refund.guarantee_bp,
            "move_window_seconds": refund.move_window_seconds,
        },
        "entry": {
            "mode": entry.mode,
            "reentry": entry.reentry,
            "doors_minutes_before": entry.doors_minutes_before,
        },
        "portions": [portion_document(portion) for portion in terms.portions],
        "conveys": list(terms.conveys),
        "excludes": list(terms.excludes),
        "sale_closes_at": format_instant(terms.sale_closes_at),
        "funding": terms.funding,
        "amends": terms.amends,
    }


def portion_document(portion: Portion) -> dict[str, Any]:
    """Return the JSON of one Portion."""
    return {
        "index": portion.index,
        "title": portion.title,
        "session_ids": list(portion.session_ids),
        "weight_bp": portion.weight_bp,
        "doors_at": format_instant(portion.doors_at),
        "ends_at": format_instant(portion.ends_at),
        "settles_at": format_instant(portion.settles_at),
    }


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment)
