"""All judges in one shape, and the one table of where a judge is known to be wrong."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from _pytest.mark.structures import ParameterSet

from ics_feeds.text import escape
from tests.judges import libical, node, python, python_more

Events = list[dict[str, Any]]
Times = tuple[datetime, datetime]


def _on_time(times: Times, _: str) -> Times:
    return times


def _same(text: str) -> str:
    return text


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class Judge:
    """A parser that is not ours.

    Args:
        name: As its users know it.
        read: What it reads in each of several feeds.
        own_zones: It believes the feed's VTIMEZONE; others look zones up by name.
        hears: Start and end it gives for those of an entry in a zone.
        gives: The text it gives for a text that is written by the rules.
        reads: Whether it keeps a text at all.
    """

    name: str
    read: Callable[[Sequence[bytes]], list[Events]]
    own_zones: bool
    hears: Callable[[Times, str], Times] = _on_time
    gives: Callable[[str], str] = _same
    reads: Callable[[str], bool] = _always

    def read_one(self, body: bytes) -> Events:
        """Return what it reads in one feed."""
        (told,) = self.read([body])
        return told


def _each(read: Callable[[bytes], Events]) -> Callable[[Sequence[bytes]], list[Events]]:
    return lambda bodies: [read(body) for body in bodies]


def _ical_js(bodies: Sequence[bytes]) -> list[Events]:
    told: list[Events] = [[] for _ in bodies]
    for event in node.expand(*bodies):
        told[event["calendar"]].append(event)
    return told


# Known to be wrong. Each entry is a model of the fault itself, so that it excuses nothing else.


def _backslash_last(text: str) -> str:
    """Undo escapes one kind after the other: a backslash before an n becomes a line break."""
    written = escape(text).replace("\\;", ";").replace("\\,", ",")
    return re.sub(r"\\[nN]", "\n", written).replace("\\\\", "\\")


def _of_ics_py(text: str) -> str:
    r"""ics.py undoes escapes in the wrong order, and knows `\r` and `\R` besides."""
    written = escape(text).replace("\\;", ";").replace("\\,", ",")
    written = re.sub(r"\\[nN]", "\n", written)
    return re.sub(r"\\[rR]", "\r", written).replace("\\\\", "\\")


def _of_node_ical(text: str) -> str:
    """node-ical does the same, and takes quotes away that surround a text of one line."""
    return re.sub(r'^"([^\n\r\u2028\u2029]*)"$', r"\1", _backslash_last(text))


def _of_libical(text: str) -> str:
    """libical takes blanks from both ends of a value."""
    kept = escape(text).strip(" \t")
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], kept)


_HOUR = timedelta(hours=1)
_NEGATIVE = frozenset({"Europe/Dublin", "Africa/Casablanca", "Africa/El_Aaiun"})


def _heard_by_ics_py(times: Times, zone: str) -> Times:
    """ics.py asks dateutil, which repeats one hour too many where saving time is negative."""
    if zone not in _NEGATIVE or any(_twice(at, zone) for at in times):
        return times  # both go out in UTC if one of them is shown twice
    start, end = (at - _HOUR if _twice(at - _HOUR, zone) else at for at in times)
    return start, end


def _twice(instant: datetime, zone: str) -> bool:
    local = instant.astimezone(ZoneInfo(zone))
    return local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()


# Our folds avoid blanks as far as half a line back; a fold in a longer run of them cannot.
_LONG_RUN = re.compile(r"[ \t]{30,}")
_BLANK_LINE = re.compile(r"[^\S\n]{24,}|[^\S\n \t][^\S\n]*\Z")


def _kept_by_libical(text: str) -> bool:
    """Where a fold falls into a run of blanks, it takes those before the fold."""
    return not _LONG_RUN.search(text)


def _kept_by_ics_py(text: str) -> bool:
    """ics.py skips physical lines of Unicode's blanks only, also where they continue a line."""
    return not (_LONG_RUN.search(text) or _BLANK_LINE.search(text))


def _kept_by_node_ical(text: str) -> bool:
    """node-ical takes all quotes out of a line that has TZID= anywhere."""
    return not ("TZID=" in text and '"' in text)


JUDGES = {
    judge.name: judge
    for judge in (
        Judge("ical.js", _ical_js, own_zones=True),
        Judge(
            "libical",
            libical.expand_libical,
            own_zones=True,
            gives=_of_libical,
            reads=_kept_by_libical,
        ),
        Judge("vobject", _each(python.expand_vobject), own_zones=True),
        Judge(
            "ics.py",
            _each(python_more.expand_ics),
            own_zones=False,
            hears=_heard_by_ics_py,
            gives=_of_ics_py,
            reads=_kept_by_ics_py,
        ),
        Judge(
            "node-ical",
            node.expand_node_ical,
            own_zones=False,
            gives=_of_node_ical,
            reads=_kept_by_node_ical,
        ),
        Judge("home-assistant", _each(python_more.expand_home_assistant), own_zones=False),
        Judge("icalendar", _each(python.expand_icalendar), own_zones=False),
        Judge("recurring-ical-events", _each(python_more.expand_recurring), own_zones=False),
    )
}
_MARKS = {"ical.js": [pytest.mark.node], "node-ical": [pytest.mark.node]}


def _params(judges: Iterable[Judge]) -> list[ParameterSet]:
    return [pytest.param(one, id=one.name, marks=_MARKS.get(one.name, [])) for one in judges]


EACH = _params(JUDGES.values())
BELIEVERS = _params(judge for judge in JUDGES.values() if judge.own_zones)
