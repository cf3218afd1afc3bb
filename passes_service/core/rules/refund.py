"""How much comes back. Integers only, in the order in which Solidity computes them too.

All shares are basis points, all divisions round down (payouts; a reserve rounds up):

    X = sum of weights of cancelled Portions
    O = sum of weights of Portions not cancelled whose doors are after t   (t < doors)
    M = sum of weights of Portions not cancelled whose move window is open (opened <= t < closes)
    step = share of the first step with t < until, else 0
    drawn   = g * X / 10000
    moved   = g * M / 10000
    give_up = drawn + max(moved, min(step, O))          never above 10000, see below
    cooling = 10000 if transfers == 0 and t < min(bought + c, next doors at purchase) else 0
    refund  = max(0, paid * max(cooling, give_up) / 10000 - paid_back)
    draw    = max(0, paid * drawn / 10000 - paid_back)

give_up <= X + max(M, O) <= 10000 because cancelled Portions are in neither M nor O and the
weights sum to 10000. Without a published change, each of O, M, step and cooling can only fall as
t grows, so waiting never pays more. With an amendment, each document is computed alone and the
holder gets the larger amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from passes_service.core.money import BASIS_POINTS, Money, format_amount, share
from passes_service.core.rules.decision import Code, Verdict
from passes_service.core.rules.facts import PassFacts
from passes_service.core.rules.instants import seconds, whole_second
from passes_service.core.rules.phrases import instant_words, share_words
from passes_service.core.rules.schedule import next_doors_at_purchase, standings
from passes_service.core.rules.terms import Terms


@dataclass(frozen=True)
class Shares:
    """The parts of the formula above at one instant, in basis points."""

    drawn: int
    moved: int
    step: int
    step_index: int | None
    ahead: int
    cooling: bool

    @property
    def give_up(self) -> int:
        """What giving the pass up pays by steps and published changes."""
        return self.drawn + max(self.moved, min(self.step, self.ahead))

    @property
    def total(self) -> int:
        """What giving the pass up pays, cooling-off included."""
        return BASIS_POINTS if self.cooling else self.give_up


def shares(terms: Terms, facts: PassFacts, at: datetime) -> Shares:
    """Return the parts of the refund formula under one document at a whole second `at`."""
    parts, g = standings(terms, facts), terms.refund.guarantee_bp
    cancelled = sum(part.weight_bp for part in parts if part.cancelled)
    ahead = sum(part.weight_bp for part in parts if not part.cancelled and at < part.doors_at)
    moved = sum(part.weight_bp for part in parts if part.move_open(at))
    index = next((i for i, step in enumerate(terms.refund.steps) if at < step.until), None)
    end = cooling_off_ends(terms, facts)
    return Shares(
        drawn=g * cancelled // BASIS_POINTS,
        moved=g * moved // BASIS_POINTS,
        step=0 if index is None else terms.refund.steps[index].share_bp,
        step_index=index,
        ahead=ahead,
        cooling=end is not None and at < end,
    )


def cooling_off_ends(terms: Terms, facts: PassFacts) -> datetime | None:
    """Return when cooling-off ends for this pass; None if it has none (left)."""
    doors = next_doors_at_purchase(terms, facts)
    if facts.transfers or not terms.refund.cooling_off_seconds or doors is None:
        return None
    return min(whole_second(facts.bought_at) + seconds(terms.refund.cooling_off_seconds), doors)


def edges(terms: Terms, facts: PassFacts) -> Iterator[datetime]:
    """Yield every instant at which a refund under `terms` can change."""
    yield from (step.until for step in terms.refund.steps)
    for part in standings(terms, facts):
        yield part.doors_at
        if part.move:
            yield whole_second(part.move.opened_at)
            yield whole_second(part.move.closes_at)
    end = cooling_off_ends(terms, facts)
    if end is not None:
        yield end


def give_up(terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    """Return what giving up an active pass at `at` pays under one document."""
    found = shares(terms, facts, at)
    if facts.paid == 0:
        return _free(found)
    amount = max(0, share(facts.paid, found.total) - facts.paid_back)
    if amount == 0:
        return Verdict(
            allowed=False,
            code=Code.REFUND_NOTHING,
            rule="refund",
            reason=_nothing(terms, facts, at),
        )
    code, rule, cause = _cause(terms, facts, found)
    money = _words(amount, facts)
    back = f", less {_words(facts.paid_back, facts)} paid back before" if facts.paid_back else ""
    of = f"{share_words(found.total)} of {_words(facts.paid, facts)}{back}"
    return Verdict(
        allowed=True,
        code=code,
        rule=rule,
        amount=amount,
        reason=f"If you give this pass up you get back {money} ({of}): {cause}.",
    )


def draw(terms: Terms, facts: PassFacts, at: datetime) -> Verdict:
    """Return what the holder may take for cancelled Portions while keeping the pass."""
    drawn = shares(terms, facts, at).drawn
    amount = max(0, share(facts.paid, drawn) - facts.paid_back)
    if amount == 0:
        reason = "No money is due to you for cancelled parts of this season."
        return Verdict(
            allowed=False, code=Code.DRAW_NOTHING, rule="refund.guarantee_bp", reason=reason
        )
    return Verdict(
        allowed=True,
        code=Code.DRAW_DUE,
        rule="refund.guarantee_bp",
        amount=amount,
        reason=(
            f"Parts of this season were cancelled: you may take {_words(amount, facts)} "
            "and keep the pass for the rest."
        ),
    )


def _free(found: Shares) -> Verdict:
    if found.ahead:
        return Verdict(
            allowed=True,
            code=Code.REFUND_FREE,
            rule="refund",
            reason="This pass was free of charge: you can give your place back, nothing is paid.",
        )
    return Verdict(
        allowed=False,
        code=Code.REFUND_NOTHING,
        rule="refund",
        reason="This pass was free of charge and no doors are left to open: nothing to give back.",
    )


def _cause(terms: Terms, facts: PassFacts, found: Shares) -> tuple[Code, str, str]:
    if found.cooling:
        end = cooling_off_ends(terms, facts)
        when = instant_words(end, terms.time_zone) if end else ""
        return (
            Code.REFUND_COOLING_OFF,
            "refund.cooling_off_seconds",
            f"you are in the cooling-off time, which ends {when}",
        )
    causes, by_step = [], min(found.step, found.ahead)
    code, rule = Code.REFUND_STEP, f"refund.steps[{found.step_index}]"
    if found.drawn:
        code, rule = Code.REFUND_CHANGE, "refund.guarantee_bp"
        causes.append(f"{share_words(found.drawn)} for cancelled parts")
    if found.moved > by_step:
        code, rule = Code.REFUND_CHANGE, "refund.move_window_seconds"
        causes.append(f"{share_words(found.moved)} for moved parts")
    elif found.step_index is not None and by_step:
        until = instant_words(terms.refund.steps[found.step_index].until, terms.time_zone)
        part = f"{share_words(by_step)} by the step that ends {until}"
        capped = found.ahead < found.step
        causes.append(part + (", limited to parts whose doors are still to open" if capped else ""))
    return code, rule, " and ".join(causes)


def _nothing(terms: Terms, facts: PassFacts, at: datetime) -> str:
    if facts.paid_back:
        return f"Nothing more comes back: {_words(facts.paid_back, facts)} was paid back before."
    if not terms.refund.steps:
        return "Nothing comes back: these terms pay back for cancelled or moved parts only."
    last = terms.refund.steps[-1].until
    if at < last:
        return "Nothing comes back now: every part has opened its doors or was cancelled."
    when = instant_words(last, terms.time_zone)
    return f"Nothing comes back now: the last date for getting money back was {when}."


def _words(amount: int, facts: PassFacts) -> str:
    return format_amount(Money(amount, facts.currency))
