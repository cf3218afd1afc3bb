"""What faults are planted in: the library of rules, and where money comes in, stays and leaves."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from tests.contracts.mutants.generate import Mutant, mutants
from tests.contracts.mutants.project import CONTRACTS

TARGETS: Final[dict[str, str]] = {
    "PassRules.sol": "the rules",
    "Escrow.sol": "money to holders",
    "Payouts.sol": "what is owed, how it is paid",
    "Books.sol": "money to the organizer, what is published",
    "Sales.sol": "money from buyers",
    "SeriesBook.sol": "opening, closing, cancelling, moving",
    "StateWords.sol": "the books, bit by bit",
}


def everyone() -> list[Mutant]:
    """Return all mutants of all targets, in order."""
    return [mutant for path in TARGETS for mutant in mutants(path, source(path))]


@cache
def source(path: str) -> str:
    """Return the text of a target."""
    return (CONTRACTS / path).read_text(encoding="utf-8")


def fingerprint() -> str:
    """Return what changes when a target does or when other faults are generated."""
    keys = "".join(mutant.key for mutant in everyone())
    return hashlib.sha256(keys.encode()).hexdigest()[:16]
