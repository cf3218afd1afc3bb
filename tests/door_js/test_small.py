"""Finding a name, counting what waits, reading an amount: small rules of the page."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.door_js.running import run

NAMES = [["7", 1, "Zoë Ångström"], ["7", 2, "Anna-Lena O'Hara"], ["7", 3, "ángel NÚÑEZ"]]
TYPED = {
    "zoe": ["Zoë Ångström"],
    "ang": ["Zoë Ångström", "ángel NÚÑEZ"],
    "hara anna": ["Anna-Lena O'Hara"],
    "lena": ["Anna-Lena O'Hara"],
    "nunez": ["ángel NÚÑEZ"],
    "oe": [],
    "  ": [],
}
AMOUNTS = {
    ("12.50", "EUR"): 1250,
    ("12,5", "EUR"): 1250,
    ("60", "EUR"): 6000,
    (" 0.07 ", "EUR"): 7,
    ("500", "JPY"): 500,
    ("1.234", "KWD"): 1234,
    ("12.345", "EUR"): None,
    ("5.0", "JPY"): None,
    ("-1", "EUR"): None,
    ("1e3", "EUR"): None,
    ("", "EUR"): None,
}
SENT = {"state": "merged"}

pytestmark = pytest.mark.node


def record(nonce: str, kind: str, code: str, sent: object = None, **said: object) -> dict[str, Any]:
    known = {"session": "s", "pass": "1", "at": 0, "offset": None, "forced": "", "rule": ""}
    entry = {**known, "typed": False, "via": "alone", "nonce": nonce, "kind": kind, "code": code}
    return {"sequence": 1, "entry": {**entry, **said}, "sent": sent}


RECORDS = [
    record("a", "enter", "ADMIT_PROVISIONAL"),
    record("b", "enter", "DUPLICATE"),
    record("c", "enter", "DUPLICATE", forced="We know this guest"),
    record("d", "enter", "ADMIT_PROVISIONAL"),
    record("e", "annul", "ANNULLED", of="d"),
    record("f", "exit", "EXIT"),
    record("g", "enter", "ADMIT_PROVISIONAL", SENT),
    record("h", "annul", "ANNULLED", of="g"),
    record("i", "enter", "ADMIT_PROVISIONAL", session="another"),
    record("j", "sale", "SOLD"),
    record("k", "exit", "NOT_INSIDE"),
]


@cache
def answers() -> Any:
    asked = {"names": NAMES, "typed": list(TYPED), "amounts": list(AMOUNTS)}
    return run("small.mjs", {**asked, "records": RECORDS, "session": "s"})


def test_every_word_begins_a_word_of_the_name_whatever_its_accents() -> None:
    assert dict(zip(TYPED, answers()["found"], strict=True)) == TYPED


def test_what_waits_is_added_to_what_the_service_counts() -> None:
    # In: a and c; d was taken back, f left again, g was taken back after the service had it.
    assert answers()["counted"] == {"inside": 0, "left": 1, "refused": 2}


def test_scans_that_wait_are_listed_newest_first_with_what_was_taken_back() -> None:
    listed = [["k", False], ["f", False], ["d", True], ["c", False], ["b", False], ["a", False]]

    assert answers()["unsent"] == listed


def test_amounts_are_read_in_the_minor_units_of_their_currency() -> None:
    found = dict(zip(AMOUNTS, answers()["amounts"], strict=True))

    assert found == AMOUNTS
