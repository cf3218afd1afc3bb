"""decide: one question, one answer, from the published rules alone.

How `since` and `until` are found: every rule compares `now` only with instants that it lists in
its `edges`, and compares as `at < edge` or `edge <= at`. So the verdict is constant between
neighbouring edges, and walking from edge to edge until the verdict differs finds the exact second.
All windows are half-open: allowed at `since`, no longer allowed at `until`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from passes_service.core.money import Money, format_amount
from passes_service.core.rules import admission, claim, refund, transfer
from passes_service.core.rules.actions import Action, Claim, Draw, Enter, Refund, Transfer
from passes_service.core.rules.decision import Code, Decision, Verdict
from passes_service.core.rules.facts import PassFacts, PassState
from passes_service.core.rules.instants import whole_second
from passes_service.core.rules.phrases import instant_words
from passes_service.core.rules.terms import Terms

_STANDS_IN_THE_WAY: Final[dict[PassState, tuple[Code, str]]] = {
    "offered": (Code.STATE_OFFERED, "This pass is on offer: nobody has accepted it yet."),
    "claiming": (
        Code.STATE_CLAIMING,
        "This pass is being moved to the chain; wait until that is done or has lapsed.",
    ),
    "on_chain": (
        Code.STATE_ON_CHAIN,
        "This pass is a token now: transfer it or give it up from your wallet.",
    ),
    "refunded": (Code.STATE_REFUNDED, "This pass was given up and paid back."),
    "void": (Code.STATE_VOID, "This pass was withdrawn and is no longer valid."),
    "surrendered": (Code.STATE_SURRENDERED, "This pass was given up: its token was burned."),
}


@dataclass(frozen=True)
class RefundOutlook:
    """What giving the pass up pays in [since, until); `until` None is for ever."""

    since: datetime
    until: datetime | None
    allowed: bool
    amount: int
    code: Code
    reason: str


def decide(action: Action, facts: PassFacts, *, now: datetime) -> Decision:
    """Return whether the holder may do `action` at `now`, why, for how much and until when.

    With an amendment the better answer of the two documents counts.

    Raises:
        ValueError: `now` or an instant among the facts is not timezone-aware.
    """
    at = whole_second(now)
    verdict = _verdict(action, facts, at)
    edges = _edges(action, facts)
    since = until = None
    ahead: Verdict | None = None
    for edge in (moment for moment in edges if moment > at):
        ahead = _verdict(action, facts, edge)
        if ahead != verdict:
            until = edge
            break
    for edge in (
        moment for moment in reversed(edges) if whole_second(facts.bought_at) < moment <= at
    ):
        if _verdict(action, facts, edge - timedelta(seconds=1)) != verdict:
            since = edge
            break
    return Decision(
        allowed=verdict.allowed,
        code=verdict.code,
        amount=verdict.amount,
        reason=verdict.reason + _tail(action, facts, verdict, ahead, until),
        since=since,
        until=until,
        rule=verdict.rule,
    )


def refund_timeline(facts: PassFacts, now: datetime) -> tuple[RefundOutlook, ...]:
    """Return what giving the pass up pays from `now` on, one entry per amount, last one open-ended.

    It says what happens if nothing new is published. A pass that is not active has no outlook.
    """
    at, action = whole_second(now), Refund()
    if facts.state != "active":
        return ()
    found: list[RefundOutlook] = []
    for start in (at, *(edge for edge in _edges(action, facts) if edge > at)):
        verdict = _verdict(action, facts, start)
        if found and (found[-1].amount, found[-1].allowed) == (verdict.amount, verdict.allowed):
            continue
        if found:
            found[-1] = replace(found[-1], until=start)
        found.append(
            RefundOutlook(
                since=start,
                until=None,
                allowed=verdict.allowed,
                amount=verdict.amount,
                code=verdict.code,
                reason=verdict.reason,
            )
        )
    return tuple(found)


def give_up_value(facts: PassFacts, now: datetime) -> int:
    """Return what `Refund` would pay at `now` were the pass active, in minor units.

    For settling a surrendered token: the caller passes the instant of the surrender.
    """
    return _verdict(Refund(), replace(facts, state="active"), whole_second(now)).amount


def _verdict(action: Action, facts: PassFacts, at: datetime) -> Verdict:
    blocked = _STANDS_IN_THE_WAY.get(facts.state)
    if blocked is not None and not (isinstance(action, Enter) and facts.state == "on_chain"):
        code, reason = blocked
        return Verdict(allowed=False, code=code, reason=reason, rule="state")
    verdict = _under(action, facts.terms, facts, at)
    if facts.amendment is None:
        return verdict
    other = _under(action, facts.amendment, facts, at)
    if _merit(action, other) > _merit(action, verdict):
        return replace(other, rule=f"amendment:{other.rule}")
    return verdict


def _merit(action: Action, verdict: Verdict) -> tuple[bool, int]:
    costs = isinstance(action, Transfer)  # a transfer's amount is a fee, any other is a payout
    return verdict.allowed, -verdict.amount if costs else verdict.amount


def _under(action: Action, terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    match action:
        case Transfer():
            return transfer.hand_over(action, terms, facts, at)
        case Refund():
            return refund.give_up(terms, facts, at)
        case Draw():
            return refund.draw(terms, facts, at)
        case Claim():
            return claim.to_chain(terms, facts, at)
        case Enter():
            return admission.come_in(action, terms, facts, at)


def _edges(action: Action, facts: PassFacts) -> list[datetime]:
    found: set[datetime] = set()
    for terms in facts.documents:
        found.update(_edges_under(action, terms, facts))
    return sorted(found)


def _edges_under(action: Action, terms: Terms, facts: PassFacts) -> Iterable[datetime]:
    match action:
        case Transfer():
            return transfer.edges(terms, facts)
        case Refund():
            return refund.edges(terms, facts)
        case Draw():
            return ()  # depends on what is published, not on the time
        case Claim():
            return claim.edges(terms, facts)
        case Enter():
            return admission.edges(action, terms)


def _tail(
    action: Action,
    facts: PassFacts,
    verdict: Verdict,
    ahead: Verdict | None,
    until: datetime | None,
) -> str:
    if until is None or ahead is None:
        return ""
    when = instant_words(until, facts.terms.time_zone)
    if isinstance(action, Refund) and verdict.allowed and ahead.amount != verdict.amount:
        return f" From {when} on it is {format_amount(Money(ahead.amount, facts.currency))}."
    if isinstance(action, Transfer | Claim) and verdict.allowed:
        return f" This holds until {when}."
    if verdict.code is Code.ENTER_DUPLICATE and ahead.allowed:
        return f" It opens the door again from {when}."
    return ""
