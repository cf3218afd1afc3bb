"""What must hold between the fields of Terms, beyond each field's own type and range."""

from __future__ import annotations

from itertools import pairwise

from passes_service.core.money import BASIS_POINTS
from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.terms import Terms, TransferRule


def check(terms: Terms) -> None:
    """Refuse Terms whose fields contradict each other.

    Raises:
        TermsInvalid: Naming the first field that does not fit what comes before it.
    """
    _transfer(terms)
    _refund(terms)
    _portions(terms)
    if terms.sale_closes_at > max(portion.ends_at for portion in terms.portions):
        raise TermsInvalid("sale_closes_at", "must not be after the end of the last portion")
    if terms.funding == "escrow" and terms.amends is not None:
        raise TermsInvalid("amends", "must be null: terms with escrow are never amended")
    shared = set(terms.conveys) & set(terms.excludes)
    if shared:
        number = next(i for i, line in enumerate(terms.excludes) if line in shared)
        raise TermsInvalid(f"excludes[{number}]", "is also in conveys")


def _transfer(terms: Terms) -> None:
    rule = terms.transfer
    if not rule.allowed:
        blank = TransferRule(allowed=False)
        for name in vars(blank):
            if getattr(rule, name) != getattr(blank, name):
                raise TermsInvalid(f"transfer.{name}", "must be empty: transfer is not allowed")
    if rule.opens_at and rule.closes_at and rule.opens_at >= rule.closes_at:
        raise TermsInvalid("transfer.closes_at", "must be after opens_at")
    if rule.fee_minor and terms.funding == "escrow":
        raise TermsInvalid("transfer.fee_minor", "must be 0: a token moves without a fee to us")
    if bool(rule.fee_minor) != (rule.fee_currency is not None):
        raise TermsInvalid("transfer.fee_currency", "must be there exactly when there is a fee")


def _refund(terms: Terms) -> None:
    steps = terms.refund.steps
    for number, (before, step) in enumerate(pairwise(steps), start=1):
        if step.until <= before.until:
            raise TermsInvalid(f"refund.steps[{number}].until", "must be later than the one before")
        if step.share_bp >= before.share_bp:
            raise TermsInvalid(f"refund.steps[{number}].share_bp", "must be less than before")
    if terms.refund.move_window_seconds and not terms.refund.guarantee_bp:
        raise TermsInvalid(
            "refund.move_window_seconds", "must be 0: without a guarantee a move pays nothing"
        )


def _portions(terms: Terms) -> None:
    seen: set[str] = set()
    for number, portion in enumerate(terms.portions):
        path = f"portions[{number}]"
        if portion.index != number:
            raise TermsInvalid(f"{path}.index", f"must be {number}: portions are counted from 0")
        if number and portion.doors_at < terms.portions[number - 1].doors_at:
            raise TermsInvalid(f"{path}.doors_at", "must not be before the portion before it")
        if portion.ends_at <= portion.doors_at:
            raise TermsInvalid(f"{path}.ends_at", "must be after doors_at")
        if portion.settles_at < portion.ends_at:
            raise TermsInvalid(f"{path}.settles_at", "must not be before ends_at")
        for place, session in enumerate(portion.session_ids):
            if session in seen:
                raise TermsInvalid(f"{path}.session_ids[{place}]", "is in two portions")
            seen.add(session)
    total = sum(portion.weight_bp for portion in terms.portions)
    if total != BASIS_POINTS:
        raise TermsInvalid("portions", f"weights must sum to {BASIS_POINTS}, they sum to {total}")
