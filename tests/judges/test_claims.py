"""Who is said to suffer does: a judge that a finding names refuses the feed or misreads it."""

import re
from functools import cache
from typing import Any

import pytest

from ics_feeds.rules import RULES
from tests.ics_feeds.faults import FAULTS, SOUND
from tests.judges.panel import JUDGES

NAMES = {
    "ical.js": "ical.js",
    "libical": "libical",
    "vobject": "vobject",
    "ics.py": "ics.py",
    "node-ical": "node-ical",
    "Home Assistant": "home-assistant",
    "icalendar": "icalendar",
    "recurring-ical-events": "recurring-ical-events",
}


@cache
def sound(judge: str) -> list[dict[str, Any]]:
    return JUDGES[judge].read_one(SOUND)


def suffers(judge: str, body: bytes, *, refuses: bool) -> bool:
    """Tell whether a judge refuses a feed or, if that will do, reads it other than the sound."""
    try:
        return JUDGES[judge].read_one(body) != sound(judge) and not refuses
    except pytest.skip.Exception:
        raise
    except Exception:
        return True


def claims(code: str) -> dict[str, bool]:
    """Return the judges that a rule names, and whether it says that they refuse the feed."""
    parts = re.split(r"(?<=[.;:]) ", RULES[code].suffers)
    return {
        judge: "refuse" in part
        for part in parts
        for name, judge in NAMES.items()
        if re.search(rf"(?<!\w){re.escape(name)}(?![\w.-])", part)
    }


CLAIMS = [
    pytest.param(code, judge, refuses, marks=pytest.mark.node, id=f"{code}-{judge}")
    for code in dict.fromkeys(code for code, _ in FAULTS)
    for judge, refuses in claims(code).items()
]


@pytest.mark.parametrize(("code", "judge", "refuses"), CLAIMS)
def test_who_is_said_to_suffer_does(code: str, judge: str, refuses: bool) -> None:
    assert any(suffers(judge, body, refuses=refuses) for kind, body in FAULTS if kind == code)
