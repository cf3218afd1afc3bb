"""From bytes to content lines that remember their line number (RFC 5545 section 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
_CARET = {"^n": "\n", "^'": '"', "^^": "^"}


@dataclass(frozen=True, slots=True)
class Property:
    """One content line; names are upper case, `line` is where it begins in the file."""

    name: str
    params: dict[str, str]
    value: str
    line: int


def properties(body: bytes) -> Iterator[Property]:
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
        text = decode(raw).lstrip("\ufeff")
        if not text.strip("\0 \t"):
            continue
        found = _parse(text, number)
        if found is None and last is not None and last.name in _FREE_TEXT:
            more.append(text)
            continue
        if last is not None:
            yield replace(last, value=last.value + "".join(f"\\n{line}" for line in more))
            more.clear()
            last = None
        if found is not None:
            last = found
        elif not text.upper().startswith("X-"):
            raise _broken(text, number)
    if last is not None:
        yield replace(last, value=last.value + "".join(f"\\n{line}" for line in more))


def _unfolded(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Join folded lines as bytes: programs fold in the middle of a UTF-8 character."""
    physical = _BREAK.split(body)
    if len(physical) > MAX_LINES:
        raise ImportTooLarge(
            f"The file has {len(physical)} lines; one import takes {MAX_LINES}.",
            lines=len(physical),
            limit=MAX_LINES,
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
    if found is None:
        return None
    params: dict[str, str] = {}
    if found[2]:
        for name, value in _PARAMETERS.findall(found[2]):
            params.setdefault(name.upper(), _parameter(value))
    return Property(found[1].upper(), params, found[3], number)


def _parameter(value: str) -> str:
    """Unquote a parameter value and undo RFC 6868 escapes."""
    value = value.strip().replace('"', "")
    if "^" in value:
        value = re.sub(r"\^[n'^]", lambda found: _CARET[found[0]], value)
    return value.strip()


def _broken(text: str, number: int) -> ImportBroken:
    shown = "".join(c if c.isprintable() else "?" for c in text.strip()[:60])
    return ImportBroken(f"Line {number} is not a calendar line: “{shown}”.", line=number)
