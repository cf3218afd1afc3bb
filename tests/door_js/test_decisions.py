"""A gate that is alone says what the real rules say, to the second."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.door_js.running import run

PATH = Path(__file__).parents[1] / "vectors" / "offline_decisions.json"
VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))

pytestmark = pytest.mark.node


def test_every_situation_gets_the_decision_of_the_rules() -> None:
    answers = run("decisions.mjs", VECTORS)

    wrong = [
        (number, scan["says"], answer)
        for number, (scan, answer) in enumerate(zip(VECTORS["scans"], answers, strict=True))
        if answer != scan["says"]
    ]
    assert wrong == []


def test_the_situations_know_every_decision() -> None:
    said = Counter(scan["says"]["code"] for scan in VECTORS["scans"])

    rare = {code: count for code, count in said.items() if count < 5}
    assert rare == {}
    assert set(said) == {
        *("ADMIT_PROVISIONAL", "DUPLICATE", "REVOKED", "UNKNOWN", "WRONG_SESSION", "TOO_EARLY"),
        *("TOO_LATE", "STALE", "BAD_SIGNATURE", "EXPIRED", "MALFORMED", "EXIT", "NOT_INSIDE"),
    }
