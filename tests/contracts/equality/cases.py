"""Cases: one pass of one Series with what was published for it, and one question at one second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from passes_service.core.rules.actions import Action, Claim, Draw, Refund, Transfer
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Code
from passes_service.core.rules.facts import MoveWindow, PassFacts, move_window
from passes_service.core.rules.schedule import next_doors_at_purchase
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms

ACTIONS: Final[tuple[str, ...]] = ("transfer", "refund", "draw", "claim")  # as RulesBatch counts

SIGNER: Final = "claim-left-to-signer"
"""Whether a pass that is not born on chain may be claimed now is decided before the signature."""

CODES: Final[dict[str, tuple[str, ...]]] = {  # as PassRules counts
    "transfer": (
        Code.TRANSFER_OPEN,
        Code.TRANSFER_TO_SELF,
        Code.TRANSFER_NOT_ALLOWED,
        Code.TRANSFER_COUNT_REACHED,
        Code.TRANSFER_NOT_YET,
        Code.TRANSFER_CLOSED,
        Code.TRANSFER_FROZEN,
    ),
    "refund": (
        Code.REFUND_NOTHING,
        Code.REFUND_COOLING_OFF,
        Code.REFUND_STEP,
        Code.REFUND_CHANGE,
        Code.REFUND_FREE,
    ),
    "draw": (Code.DRAW_NOTHING, Code.DRAW_DUE),
    "claim": (SIGNER, Code.CLAIM_BORN_ON_CHAIN),
}
ALL_CODES: Final = tuple(str(code) for codes in CODES.values() for code in codes)


@dataclass(frozen=True)
class Answer:
    """What either side says; `code` is a refusal in words if the contract did not answer."""

    allowed: bool
    code: str
    amount: int


@dataclass(frozen=True)
class Move:
    """A published move, in Unix seconds; `closes_at` 0 is what the Terms make of it."""

    index: int
    opened_at: int
    closes_at: int
    doors_at: int
    ends_at: int

    def window(self, terms: Terms) -> MoveWindow:
        found = move_window(
            terms,
            opened_at=instant(self.opened_at),
            doors_at=instant(self.doors_at),
            ends_at=instant(self.ends_at),
        )
        return replace(found, closes_at=instant(self.closes_at)) if self.closes_at else found


@dataclass(frozen=True)
class Series:
    """Terms, what a pass costs, and published changes, moves in their order."""

    terms: Terms
    price: int
    moves: tuple[Move, ...] = ()
    cancelled: frozenset[int] = frozenset()

    def moved(self, until: int) -> dict[int, MoveWindow]:
        """Return by Portion the latest move that was published not later than `until`."""
        return {
            move.index: move.window(self.terms) for move in self.moves if move.opened_at <= until
        }


@dataclass(frozen=True)
class Probe:
    """One pass, and what is asked about it when.

    `remembered` has the next doors at purchase stored with the pass, as the sale does; otherwise
    Python works them out.
    """

    action: str
    now: int
    bought_at: int
    paid_back: int = 0
    transfers: int = 0
    to_self: bool = False
    remembered: bool = False


@dataclass(frozen=True)
class Case:
    """One question."""

    series: Series
    probe: Probe

    def facts(self) -> PassFacts:
        series, probe = self.series, self.probe
        sold = PassFacts(
            terms=series.terms,
            state="active",
            currency="ETH",
            paid=series.price,
            bought_at=instant(probe.bought_at),
            moved=series.moved(probe.bought_at),
        )
        doors = next_doors_at_purchase(series.terms, sold) if probe.remembered else None
        return replace(
            sold,
            moved=series.moved(2**40),
            cancelled=series.cancelled,
            paid_back=probe.paid_back,
            transfers=probe.transfers,
            next_doors_at_purchase=doors,
        )

    def decided(self) -> tuple[Answer, bool]:
        """Return what `decide` says, and whether it says something else a second away."""
        now = self.probe.now
        found = decide(_action(self.probe), self.facts(), now=instant(now))
        turns = found.since == instant(now) or found.until == instant(now + 1)
        return as_contract(self.probe.action, found.allowed, found.code, found.amount), turns

    def to_json(self) -> dict[str, Any]:
        return {
            "document": to_document(self.series.terms),
            "price": str(self.series.price),
            "moves": [vars(move) for move in self.series.moves],
            "cancelled": sorted(self.series.cancelled),
            "probe": vars(self.probe) | {"paid_back": str(self.probe.paid_back)},
        }


def read_case(row: dict[str, Any]) -> Case:
    """Return the case that `to_json` wrote."""
    probe = row["probe"] | {"paid_back": int(row["probe"]["paid_back"])}
    series = Series(
        parse(row["document"]),
        int(row["price"]),
        tuple(Move(**move) for move in row["moves"]),
        frozenset(row["cancelled"]),
    )
    return Case(series, Probe(**probe))


def as_contract(action: str, allowed: bool, code: str, amount: int) -> Answer:
    """Return Python's answer as far as the contract has a word in it."""
    if action == "claim" and code != Code.CLAIM_BORN_ON_CHAIN:
        return Answer(True, SIGNER, 0)
    return Answer(allowed, str(code), amount)


def instant(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def unix(moment: datetime | None) -> int:
    """Return Unix seconds; 0 for no bound, as the contract writes it."""
    return 0 if moment is None else int(moment.timestamp())


def _action(probe: Probe) -> Action:
    kinds: dict[str, Callable[[], Action]] = {
        "transfer": lambda: Transfer(to_self=probe.to_self),
        "refund": Refund,
        "draw": Draw,
        "claim": Claim,
    }
    return kinds[probe.action]()
