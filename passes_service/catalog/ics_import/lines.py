"""From bytes to content lines that remember their line number (RFC 5545 section 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.errors import ImportBroken, ImportTooLarge
from passes_service.catalog.ics_import.text import decode, to_utf8

MAX_LINES = 250_000
_BREAK = re.compile(rb"\r\n|\n|\r")
_VALUE = r"(?:\"[^\"]*\"|[^\";:,]*)"
_PARAMETER = rf";\s*([A-Za-z0-9_-]+)\s*=({_VALUE}(?:,{_VALUE})*)"
_PARAMETERS = re.compile(_PARAMETER)
_LINE = re.compile(
    rf"\s*([A-Za-z0-9_.-]+)((?:;\s*[A-Za-z0-9_-]+\s*={_VALUE}(?:,{_VALUE})*)*)\s*:(.*)", re.DOTALL
)
_FREE_TEXT = frozenset({"DESCRIPTION", "SUMMARY", "LOCATION", "COMMENT", "X-ALT-DESC"})
_ONE_LINE = frozenset({"SUMMARY", "LOCATION"})
_STANDARD = (
    "ACTION ATTACH ATTENDEE BEGIN CALSCALE CATEGORIES CLASS COLOR COMPLETED CONCEPT CONFERENCE "
    "CONTACT CREATED DTEND DTSTAMP DTSTART DUE DURATION END EXDATE EXRULE FREEBUSY GEO IMAGE "
    "LAST-MODIFIED LINK METHOD NAME ORGANIZER PERCENT-COMPLETE PRIORITY PRODID RDATE "
    "RECURRENCE-ID REFID REFRESH-INTERVAL RELATED-TO REPEAT REQUEST-STATUS RESOURCES RRULE "
    "SEQUENCE SOURCE STATUS STRUCTURED-DATA STYLED-DESCRIPTION TRANSP TRIGGER TZID TZNAME "
    "TZOFFSETFROM TZOFFSETTO TZURL UID URL VERSION"
)
_NAMES = _FREE_TEXT | frozenset(_STANDARD.split())
# Lines that decide on dates and lost their colon: prose never begins like this.
_NO_PROSE = re.compile(
    r"(?:DTSTART|DTEND|DTSTAMP|RRULE|EXRULE|RDATE|EXDATE|RECURRENCE-ID)\b"
    r"|(?:BEGIN|END)\s+V[A-Z]+\s*$|STATUS\s+(?:CANCELL?ED|CONFIRMED|TENTATIVE)\s*$"
    r"|DURATION\s+[+-]?P[0-9T]|(?:UID|SEQUENCE)\s+\S+\s*$"
)
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}


@dataclass(frozen=True, slots=True)
class Property:
    """One content line; names are upper case, `line` is where it begins in the file.

    `joined` is the first line of text that stood below it unfolded and was taken to be its own.
    """

    name: str
    params: dict[str, str]
    value: str
    line: int
    joined: int = 0


def properties(body: bytes, budget: Budget) -> Iterator[Property]:
    """Yield the content lines of a file in order.

    Lenient where nothing can be lost: any line ending, blank lines, and text that somebody
    broke into lines without folding it, which is joined to its DESCRIPTION again.

    Raises:
        ImportBroken: A line is not a content line.
        ImportTooLarge: More than `MAX_LINES` lines.
    """
    last: Property | None = None
    more: list[str] = []
    for number, raw in _unfolded(to_utf8(body)):
        budget.at(number)
        budget.spend()
        text = decode(raw).lstrip("\ufeff")
        if not text.strip("\0 \t"):
            continue
        found = _parse(text, number)
        if last is not None and _continues(last, text, found):
            more.append(text)
            last = replace(last, joined=last.joined or number)
            continue
        if last is not None:
            yield _with(last, more)
            more.clear()
            last = None
        if found is not None:
            last = found
        elif not text.upper().startswith("X-"):
            raise _broken(text, number)
    if last is not None:
        yield _with(last, more)


def _with(item: Property, more: list[str]) -> Property:
    if not more:
        return item
    return replace(item, value=item.value + "".join(f"\\n{line}" for line in more))


def _continues(last: Property, text: str, found: Property | None) -> bool:
    """Tell whether a line below a free text belongs to it, though nobody folded it."""
    if last.name not in _FREE_TEXT:
        return False
    if found is None:
        return _NO_PROSE.match(text) is None
    if last.name in _ONE_LINE or found.name in _NAMES or found.name.startswith("X-"):
        return False
    # `Note: bring clay` and `https://...` look like properties; nobody has such.
    name = text.lstrip()[: len(found.name)]
    return name != name.upper() or not re.search("[A-Z]", name) or found.value.startswith(" ")


def _unfolded(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Join folded lines as bytes: programs fold in the middle of a UTF-8 character."""
    physical = _BREAK.split(body)
    if len(physical) > MAX_LINES:
        raise ImportTooLarge(
            f"The file has {len(physical)} lines; one import takes {MAX_LINES}.",
            lines=len(physical),
            limit=MAX_LINES,
            line=MAX_LINES + 1,
        )
    start, parts = 1, list[bytes]()
    for number, line in enumerate(physical, 1):
        if parts and line[:1] in (b" ", b"\t"):
            parts.append(line[1:])
        elif not line and parts:
            continue  # a stray blank line, or CR CR LF: the next line may still be a fold
        else:
            if parts:
                yield start, b"".join(parts)
            start, parts = number, [line]
    if parts:
        yield start, b"".join(parts)


def _parse(text: str, number: int) -> Property | None:
    found = _LINE.match(text)
    name = found[1].upper().rpartition(".")[2] if found else ""  # what is before a dot is a group
    if found is None or not name:
        return None
    params: dict[str, str] = {}
    if found[2]:
        for key, value in _PARAMETERS.findall(found[2]):
            params.setdefault(key.upper(), _parameter(value))
    if params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        raise ImportBroken(
            f"Line {number} is written in the old format vCalendar 1.0 (quoted-printable). "
            "Export the calendar as iCalendar (version 2.0).",
            line=number,
        )
    value = found[3]
    zone = params.get("TZID", "")
    if zone.count("(") > zone.count(")") and ":" in value:
        # Nobody quoted `(UTC+01:00) Berlin`, so it was cut at its first colon.
        rest, _, value = value.rpartition(":")
        params["TZID"] = f"{zone}:{rest}"
    return Property(name, params, value, number)


def _parameter(value: str) -> str:
    """Unquote a parameter value and undo RFC 6868 escapes."""
    value = value.strip().replace('"', "")
    if "^" in value:
        value = re.sub(r"\^[n'^]", lambda found: _CARET[found[0]], value)
    return value.strip()


def _broken(text: str, number: int) -> ImportBroken:
    shown = "".join(c if c.isprintable() else "?" for c in text.strip()[:60])
    return ImportBroken(f"Line {number} is not a calendar line: “{shown}”.", line=number)
