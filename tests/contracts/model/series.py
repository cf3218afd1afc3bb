"""One escrow Series as plain numbers: what is sold, paid out, reserved and withdrawn.

Payouts are the Python rules' (`core.rules.refund`); what is reserved is written here, a third time
beside DESIGN section 5 and `PassRules.sol`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from passes_service.core.money import BASIS_POINTS, share
from passes_service.core.rules.facts import MoveWindow, PassFacts, move_window
from passes_service.core.rules.instants import seconds
from passes_service.core.rules.refund import Shares, cooling_off_ends, shares
from passes_service.core.rules.terms import Terms


class PromiseBroken(Exception):
    """A holder was owed money that the escrow no longer had."""


@dataclass
class Pass:
    """A live pass. `drawn` is the share that was taken while keeping it."""

    holder: int
    bought_at: datetime
    cooling_ends: datetime | None
    drawn: int = 0


@dataclass(frozen=True)
class Weights:
    """X, U, O and the step share of DESIGN section 5, in basis points."""

    cancelled: int
    unsettled: int
    ahead: int
    step: int


Reserve = Callable[["Series"], int]
"""The share of the price, in basis points, that stays in the escrow for each live pass."""


@dataclass
class Series:
    """The books of one Series at `now`. Amounts are in the smallest unit of its currency."""

    terms: Terms
    price: int
    reserve: Reserve
    now: datetime
    sale_closes_at: datetime = field(init=False)
    settles: list[datetime] = field(init=False)
    escrow: int = 0
    paid_to_live: int = 0
    minted: int = 0
    withdrawn: int = 0
    deposits: int = 0
    paid: int = 0
    passes: dict[int, Pass] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)
    moved: dict[int, MoveWindow] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter, compare=False)

    def __post_init__(self) -> None:
        self.sale_closes_at = self.terms.sale_closes_at
        self.settles = [part.settles_at for part in self.terms.portions]

    # What there is

    def doors(self, index: int) -> datetime:
        moved = self.moved.get(index)
        return moved.doors_at if moved else self.terms.portions[index].doors_at

    def weights(self) -> Weights:
        standing = [part for part in self.terms.portions if part.index not in self.cancelled]
        steps = self.terms.refund.steps
        return Weights(
            cancelled=BASIS_POINTS - sum(part.weight_bp for part in standing),
            unsettled=sum(p.weight_bp for p in standing if self.now < self.settles[p.index]),
            ahead=sum(p.weight_bp for p in standing if self.now < self.doors(p.index)),
            step=next((step.share_bp for step in steps if self.now < step.until), 0),
        )

    def shares(self) -> Shares:
        """Return what the rules pay now for a pass that is past its cooling-off."""
        return shares(self.terms, self._facts(self.now, transfers=1), self.now)

    def refundable(self, held: Pass, found: Shares) -> int:
        cooling = held.cooling_ends is not None and self.now < held.cooling_ends
        whole = BASIS_POINTS if cooling else found.give_up
        return max(0, share(self.price, whole) - share(self.price, held.drawn))

    def drawable(self, held: Pass, found: Shares) -> int:
        return max(0, share(self.price, found.drawn) - share(self.price, held.drawn))

    @property
    def withdrawable(self) -> int:
        owed = len(self.passes) * share(self.price, self.reserve(self)) - self.paid_to_live
        return max(0, self.escrow - owed)

    # What people do

    def buy(self, holder: int, quantity: int) -> None:
        if self.now >= self.sale_closes_at or self.minted + quantity > self.terms.cap:
            return
        cooling_ends = cooling_off_ends(self.terms, self._facts(self.now))
        for _ in range(quantity):
            self.minted += 1
            self.passes[self.minted] = Pass(holder, self.now, cooling_ends)
        self.done["buy"] += 1
        self.escrow += quantity * self.price
        self.deposits += quantity * self.price

    def transfer(self, serial: int, holder: int) -> None:
        self.passes[serial].holder = holder
        self.passes[serial].cooling_ends = None
        self.done["transfer"] += 1

    def refund(self, *serials: int) -> int:
        """Give passes up; those that pay nothing stay. Return what was paid."""
        found, total = self.shares(), 0
        for serial in serials:
            held = self.passes[serial]
            amount = self.refundable(held, found)
            if amount:
                del self.passes[serial]
                self.paid_to_live -= share(self.price, held.drawn)
                self._pay(amount)
                self.done["refund after a draw" if held.drawn else "refund"] += 1
                total += amount
        return total

    def draw(self, serial: int) -> int:
        held, found = self.passes[serial], self.shares()
        amount = self.drawable(held, found)
        if amount:
            self.done["second draw" if held.drawn else "draw"] += 1
            held.drawn = found.drawn
            self.paid_to_live += amount
            self._pay(amount)
        return amount

    # What the organizer does

    def withdraw(self) -> None:
        amount = self.withdrawable
        self.escrow -= amount
        self.withdrawn += amount
        self.done["withdrawal"] += amount > 0

    def cancel(self, *indices: int) -> None:
        for index in indices:
            if index not in self.cancelled and self.now < self.settles[index]:
                self.cancelled.add(index)
                self.sale_closes_at = min(self.sale_closes_at, self.now)
                self.done["cancellation"] += 1

    def close_sale(self, closes_at: datetime) -> None:
        if self.now <= closes_at < self.sale_closes_at:
            self.sale_closes_at = closes_at
            self.done["earlier close"] += 1

    def move(self, index: int, doors_at: datetime, ends_at: datetime, settles_at: datetime) -> None:
        """Move a Portion whose doors have not opened."""
        if index in self.cancelled or self.now >= self.doors(index):
            return
        if not self.may_move(index, doors_at, settles_at):
            return
        self.moved[index] = move_window(
            self.terms, opened_at=self.now, doors_at=doors_at, ends_at=ends_at
        )
        self.settles[index] = settles_at
        self.done["move"] += 1

    def may_move(self, index: int, doors_at: datetime, settles_at: datetime) -> bool:
        """Nothing of a Portion gets earlier."""
        return doors_at >= self.doors(index) and settles_at >= self.settles[index]

    def _pay(self, amount: int) -> None:
        if amount > self.escrow:
            raise PromiseBroken(f"{amount} owed at {self.now}, {self.escrow} there")
        self.escrow -= amount
        self.paid += amount

    def _facts(self, bought_at: datetime, transfers: int = 0) -> PassFacts:
        return PassFacts(
            terms=self.terms,
            state="on_chain",
            currency="ETH",
            paid=self.price,
            bought_at=bought_at,
            transfers=transfers,
            cancelled=frozenset(self.cancelled),
            moved=self.moved,
        )


class MovesAnywhere(Series):
    """Wrong: what moves to earlier ends refunds by time before the time that was sold."""

    def may_move(self, index: int, doors_at: datetime, settles_at: datetime) -> bool:
        return doors_at > self.now


def as_designed(series: Series) -> int:
    """P(t) of DESIGN section 5."""
    if series.now < _last_cooling_off(series):
        return BASIS_POINTS
    return without_cooling_off(series)


def the_larger_of_two(series: Series) -> int:
    """Wrong: a step is paid beside what is due for cancelled Portions, not instead of it."""
    if series.now < _last_cooling_off(series):
        return BASIS_POINTS
    found, g = series.weights(), series.terms.refund.guarantee_bp
    guaranteed = g * (found.cancelled + found.unsettled)
    return _rounded_up(max(guaranteed, BASIS_POINTS * min(found.step, found.ahead)))


def without_cooling_off(series: Series) -> int:
    """Wrong by itself: a buyer of yesterday may still want the whole price back."""
    found, g = series.weights(), series.terms.refund.guarantee_bp
    by_step = (BASIS_POINTS - g) * min(found.step, found.ahead)
    return _rounded_up(g * (found.cancelled + found.unsettled) + by_step)


def until_the_sale_closes(series: Series) -> int:
    """Wrong: the last buyer's cooling-off outlives the sale."""
    if series.now < series.sale_closes_at:
        return BASIS_POINTS
    return without_cooling_off(series)


def _last_cooling_off(series: Series) -> datetime:
    return series.sale_closes_at + seconds(series.terms.refund.cooling_off_seconds)


def _rounded_up(product: int) -> int:
    return -(-product // BASIS_POINTS)
