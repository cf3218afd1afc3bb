"""Faults with a name: what somebody who reads the rules wrongly would build."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.contracts.mutants.targets import source


@dataclass(frozen=True)
class Fault:
    """In `path` stands `right`, once; `wrong` would break a promise, as `suite` sees."""

    name: str
    path: str
    right: str
    wrong: str
    suite: str

    def plant(self) -> dict[str, str]:
        """Return the sources with the fault in them."""
        text, planted = re.subn(re.escape(self.right), lambda _: self.wrong, source(self.path))
        assert planted == 1, f"{self.name}: {self.path} says {planted} times {self.right!r}"
        return {f"contracts/{self.path}": text}


LOOP: Final = """\
        for (uint256 i = 0; i < ids.length; ++i) {
            _refund(ids[i], to);
        }
"""
ONE_FLOOR: Final = """\
        (uint64 series, uint256 pass_,, Document doc) = _readPass(ids[0]);
        uint256 all = doc.price() * ids.length;
        uint256 back = PassRules.part(doc.price(), pass_.drawnBp()) * ids.length;
        (, uint256 rest) =
            PassRules.refund(doc, all, back, pass_.coolingEndsAt(), block.timestamp);
        for (uint256 i = 0; i < ids.length; ++i) {
            (, uint256 one) = _refundable(_passes[ids[i]], doc);
            rest -= one;
            _refund(ids[i], to);
        }
        _series[series] = _series[series].less(rest);
        _pay(doc.currency(), to, rest);
"""
MONEY: Final = "EventPassMoney.ts"
EDGES: Final = "EventPassEdges.ts"
GUARDS: Final = "EventPassGuards.ts"

FAULTS: Final = (
    Fault(
        "one floor over all passes, not one per pass, in what is kept",
        "Books.sol",
        "live * PassRules.part(doc.price(), share)",
        "PassRules.part(live * doc.price(), share)",
        MONEY,
    ),
    Fault(
        "one floor over a batch of refunds, not one per pass",
        "Escrow.sol",
        LOOP,
        ONE_FLOOR,
        MONEY,
    ),
    Fault(
        "the guarantee left out of what is kept",
        "PassRules.sol",
        "g * (cancelled + unsettled) + (WHOLE - g)",
        "(WHOLE - g)",
        MONEY,
    ),
    Fault(
        "cooling-off left out of what is kept",
        "PassRules.sol",
        "if (time < saleClosesAt + doc.ruleWord().coolingOff())",
        "if (time < saleClosesAt)",
        MONEY,
    ),
    Fault(
        "a pause stops refunds",
        "Escrow.sol",
        "function _refund(uint256 id, address to) private {",
        "function _refund(uint256 id, address to) private whenNotPaused {",
        "EventPassCurrency.ts",
    ),
    Fault(
        "a pause stops draws",
        "Escrow.sol",
        "function draw(uint256 id, address to) external nonReentrant {",
        "function draw(uint256 id, address to) external nonReentrant whenNotPaused {",
        GUARDS,
    ),
    Fault(
        "a sale above the cap",
        "Sales.sol",
        "if (quantity > left) revert SoldOut(series, quantity, left);",
        "",
        "EventPassSale.ts",
    ),
    Fault(
        "a claim above the cap",
        "Claims.sol",
        "if (serial > cap) revert SerialAboveCap(series, serial, cap);",
        "",
        "EventPassClaims.ts",
    ),
    Fault(
        "a batch of claims above the cap",
        "Claims.sol",
        "if (line.serial > cap) revert SerialAboveCap(series, line.serial, cap);",
        "",
        "EventPassClaims.ts",
    ),
    Fault(
        "a move to earlier doors",
        "SeriesBook.sol",
        "if (doorsAt < portion.doors() || settlesAt < portion.settles()) {",
        "if (settlesAt < portion.settles()) {",
        EDGES,
    ),
    Fault(
        "a move to an earlier settlement",
        "SeriesBook.sol",
        "if (doorsAt < portion.doors() || settlesAt < portion.settles()) {",
        "if (doorsAt < portion.doors()) {",
        EDGES,
    ),
)
