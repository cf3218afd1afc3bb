"""Transfer and claim: open and shut at the very second."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from passes_service.core.rules.actions import Claim, Transfer
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Code
from passes_service.core.rules.facts import MoveWindow, PassFacts, PassState
from tests.core.rules.examples import FIRST, SECOND, held, rules, standard

DOORS, ENDS = FIRST - timedelta(hours=1), FIRST + timedelta(hours=3)
QUIET = FIRST - timedelta(days=20)


def handed(facts: PassFacts, now: datetime) -> Code:
    return decide(Transfer(), facts, now=now).code


class TestTransfer:
    def test_it_pauses_before_doors_until_the_end(self) -> None:
        frozen = DOORS - timedelta(minutes=120)

        assert handed(held(), frozen - SECOND) is Code.TRANSFER_OPEN
        assert handed(held(), frozen) is Code.TRANSFER_FROZEN
        assert handed(held(), ENDS - SECOND) is Code.TRANSFER_FROZEN
        assert handed(held(), ENDS) is Code.TRANSFER_OPEN
        decision = decide(Transfer(), held(), now=FIRST)
        assert (decision.since, decision.until) == (frozen, ENDS)
        assert decision.reason == (
            "Transfers pause for “Night 0” from 12 March 2027, 16:00 CET "
            "until it ends on 12 March 2027, 22:00 CET."
        )

    def test_it_opens_and_closes(self) -> None:
        terms = rules(
            transfer={"opens_at": "2027-02-01T00:00:00Z", "closes_at": "2027-03-01T00:00:00Z"}
        )
        facts = held(terms, bought_at=FIRST - timedelta(days=90))
        opens, closes = terms.transfer.opens_at, terms.transfer.closes_at
        assert opens is not None
        assert closes is not None

        assert handed(facts, opens - SECOND) is Code.TRANSFER_NOT_YET
        assert handed(facts, opens) is Code.TRANSFER_OPEN
        assert handed(facts, closes - SECOND) is Code.TRANSFER_OPEN
        assert handed(facts, closes) is Code.TRANSFER_CLOSED
        decision = decide(Transfer(), facts, now=opens)
        assert (decision.since, decision.until) == (opens, closes)
        assert decision.reason.endswith("This holds until 1 March 2027, 01:00 CET.")

    def test_it_ends_after_the_last_one_allowed(self) -> None:
        assert handed(held(transfers=2), QUIET) is Code.TRANSFER_OPEN
        assert handed(held(transfers=3), QUIET) is Code.TRANSFER_COUNT_REACHED

    def test_a_fee_is_the_amount_and_is_said(self) -> None:
        terms = rules(transfer={"fee_minor": 250, "fee_currency": "EUR"})
        decision = decide(Transfer(), held(terms), now=QUIET)

        assert decision.amount == 250
        assert "for a fee of EUR 2.50" in decision.reason

    def test_not_to_oneself_and_not_when_personal(self) -> None:
        personal = standard(transfer={"allowed": False})

        assert decide(Transfer(to_self=True), held(), now=QUIET).code is Code.TRANSFER_TO_SELF
        assert handed(held(personal), QUIET) is Code.TRANSFER_NOT_ALLOWED
        assert decide(Transfer(), held(personal), now=QUIET).until is None

    def test_a_moved_part_moves_its_pause_and_a_cancelled_one_has_none(self) -> None:
        doors = FIRST + timedelta(days=2)
        move = MoveWindow(
            opened_at=QUIET, closes_at=QUIET, doors_at=doors, ends_at=doors + timedelta(hours=3)
        )

        assert handed(held(moved={0: move}), FIRST) is Code.TRANSFER_OPEN
        assert handed(held(moved={0: move}), doors - timedelta(hours=2)) is Code.TRANSFER_FROZEN
        assert handed(held(cancelled=frozenset({0})), FIRST) is Code.TRANSFER_OPEN

    def test_an_amendment_can_open_what_was_shut(self) -> None:
        facts = held(standard(transfer={"allowed": False}), amendment=standard())
        decision = decide(Transfer(), facts, now=QUIET)

        assert (decision.code, decision.rule) == (Code.TRANSFER_OPEN, "amendment:transfer")


class TestClaim:
    def test_not_from_two_hours_before_doors_until_the_end(self) -> None:
        start = DOORS - timedelta(hours=2)
        answers = {
            now: decide(Claim(), held(), now=now).code
            for now in (start - SECOND, start, ENDS - SECOND, ENDS)
        }

        assert list(answers.values()) == [
            Code.CLAIM_OPEN,
            Code.CLAIM_NEAR_DOORS,
            Code.CLAIM_NEAR_DOORS,
            Code.CLAIM_OPEN,
        ]
        assert decide(Claim(), held(), now=start).until == ENDS

    def test_never_with_a_fee_or_from_escrow(self) -> None:
        fee = rules(transfer={"fee_minor": 250, "fee_currency": "EUR"})

        assert decide(Claim(), held(fee), now=QUIET).code is Code.CLAIM_HAS_FEE
        escrow = held(standard(funding="escrow"))
        assert decide(Claim(), escrow, now=QUIET).code is Code.CLAIM_BORN_ON_CHAIN


@pytest.mark.parametrize(
    "state", ["offered", "claiming", "on_chain", "refunded", "void", "surrendered"]
)
def test_only_an_active_pass_moves_in_the_book(state: PassState) -> None:
    for action in (Transfer(), Claim()):
        decision = decide(action, held(state=state), now=QUIET)

        assert not decision.allowed
        assert decision.code == f"pass-{state.replace('_', '-')}"
