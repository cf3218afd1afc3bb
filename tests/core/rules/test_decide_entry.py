"""Entry: once means once, doors are doors."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from passes_service.core.rules.actions import Admission, Enter
from passes_service.core.rules.decide import decide
from passes_service.core.rules.decision import Code
from passes_service.core.rules.facts import PassState
from passes_service.core.rules.schema import parse
from passes_service.core.rules.terms import Terms
from tests.core.rules.examples import FIRST, SECOND, SESSIONS, document, held, rules

DOORS, ENDS = FIRST - timedelta(hours=1), FIRST + timedelta(hours=3)


def enter(*admissions: Admission, **changes: object) -> Enter:
    known: dict[str, object] = {
        "session_id": "s0",
        "session_starts_at": SESSIONS[0].starts_at,
        "session_ends_at": SESSIONS[0].ends_at,
        "admissions": admissions,
    }
    return Enter(**(known | changes))  # type: ignore[arg-type]


def code(action: Enter, now: datetime = FIRST, terms: Terms | None = None) -> Code:
    return decide(action, held(terms), now=now).code


def test_from_doors_until_the_end_at_the_very_second() -> None:
    assert code(enter(), DOORS - SECOND) is Code.ENTER_TOO_EARLY
    assert code(enter(), DOORS) is Code.ENTER_ADMIT
    assert code(enter(), ENDS - SECOND) is Code.ENTER_ADMIT
    assert code(enter(), ENDS) is Code.ENTER_TOO_LATE
    assert decide(enter(), held(), now=DOORS - SECOND).until == DOORS


def test_stated_doors_go_before_the_terms() -> None:
    early = FIRST - timedelta(hours=3)

    assert code(enter(doors_at=early), early) is Code.ENTER_ADMIT
    assert code(enter(doors_at=early), early - SECOND) is Code.ENTER_TOO_EARLY


def test_the_second_scan_is_refused_with_the_time_of_the_first() -> None:
    decision = decide(enter(Admission(at=DOORS)), held(), now=FIRST)

    assert decision.code is Code.ENTER_DUPLICATE
    assert "12 March 2027, 18:00 CET" in decision.reason


@pytest.mark.parametrize(
    ("reentry", "left", "expected"),
    [
        (True, True, Code.ENTER_READMIT),
        (True, False, Code.ENTER_DUPLICATE),
        (False, True, Code.ENTER_DUPLICATE),
        (False, False, Code.ENTER_DUPLICATE),
    ],
)
def test_coming_back_takes_a_recorded_exit_and_terms_that_allow_it(
    reentry: bool, left: bool, expected: Code
) -> None:
    exited = DOORS + timedelta(minutes=30) if left else None
    terms = rules(entry={"reentry": reentry})

    assert code(enter(Admission(DOORS, exited)), terms=terms) is expected


def test_someone_still_inside_keeps_the_pass_busy() -> None:
    terms = rules(entry={"reentry": True})
    busy = enter(Admission(DOORS, DOORS + SECOND), Admission(DOORS + 2 * SECOND))

    assert code(busy, terms=terms) is Code.ENTER_DUPLICATE


def test_unlimited_always_readmits() -> None:
    terms = rules(entry={"mode": "unlimited"})

    assert code(enter(Admission(DOORS)), terms=terms) is Code.ENTER_READMIT


def test_per_day_starts_anew_at_local_midnight() -> None:
    terms = rules(entry={"mode": "per_day"})
    festival = enter(Admission(FIRST), session_ends_at=FIRST + timedelta(days=2))
    midnight = FIRST.replace(hour=23)  # 00:00 in Berlin
    decision = decide(festival, held(terms), now=midnight - SECOND)

    assert (decision.code, decision.until) == (Code.ENTER_DUPLICATE, midnight)
    assert decision.reason.endswith("It opens the door again from 13 March 2027, 00:00 CET.")
    assert code(festival, midnight, terms) is Code.ENTER_ADMIT


def test_another_session_and_a_cancelled_one_stay_shut() -> None:
    assert code(enter(session_id="other")) is Code.ENTER_WRONG_SESSION
    assert code(enter(session_cancelled=True)) is Code.ENTER_CANCELLED
    assert decide(enter(), held(cancelled=frozenset({0})), now=FIRST).code is Code.ENTER_CANCELLED


@pytest.mark.parametrize("state", ["offered", "claiming", "refunded", "void", "surrendered"])
def test_a_pass_that_is_not_live_opens_no_door(state: PassState) -> None:
    assert not decide(enter(), held(state=state), now=FIRST).allowed


def test_a_token_opens_the_door_like_a_voucher() -> None:
    assert decide(enter(), held(state="on_chain"), now=FIRST).code is Code.ENTER_ADMIT


def test_a_session_that_only_the_amendment_adds_opens_too() -> None:
    made = document()
    made["portions"][0]["session_ids"].append("extra")
    facts = held(amendment=parse(made))

    assert decide(enter(session_id="extra"), facts, now=FIRST).code is Code.ENTER_ADMIT
    assert decide(enter(session_id="extra"), held(), now=FIRST).code is Code.ENTER_WRONG_SESSION
