"""From content lines to the tree of components (RFC 5545 section 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from passes_service.catalog.ics_import.errors import ImportBroken
from passes_service.catalog.ics_import.lines import Property, properties

MAX_DEPTH = 12


@dataclass(slots=True)
class Component:
    """A component with its properties in file order; `line` is that of its BEGIN."""

    name: str
    line: int
    properties: list[Property] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Property]:
        """Yield the properties called `name`."""
        return (found for found in self.properties if found.name == name)

    def first(self, name: str) -> Property | None:
        """Return the first property called `name` that has a value: it wins over repetitions."""
        return next((found for found in self.all(name) if found.value.strip()), None)

    def value(self, name: str) -> str:
        """Return the raw value of the first property called `name`, or an empty text."""
        found = self.first(name)
        return found.value.strip() if found else ""


def calendars(body: bytes) -> list[Component]:
    """Return every VCALENDAR of a file; what stands after or between them is ignored.

    Raises:
        ImportBroken: The file is no calendar, is cut off, or its BEGIN and END do not pair.
    """
    found: list[Component] = []
    stack: list[Component] = []
    line = 1
    for item in properties(body):
        line = item.line
        word = item.value.strip().upper()
        if item.name == "BEGIN":
            stack.append(_begin(stack, word, line))
        elif item.name == "END":
            _end(stack, found, word, line)
        elif stack:
            stack[-1].properties.append(item)
        elif not found:
            raise _no_calendar(line)
    if stack:
        opened = stack[-1]
        raise ImportBroken(
            f"The file is cut off: {opened.name}, begun in line {opened.line}, never ends.",
            line=line,
        )
    if not found:
        raise ImportBroken("The file is empty.", line=1)
    return found


def _begin(stack: list[Component], name: str, line: int) -> Component:
    if not stack and name != "VCALENDAR":
        raise _no_calendar(line)
    if stack and name == "VCALENDAR":
        raise ImportBroken(
            f"A new calendar begins in line {line} inside {stack[-1].name}, begun in line "
            f"{stack[-1].line}, which never ends.",
            line=line,
        )
    if name == "VEVENT" and stack[-1].name != "VCALENDAR":
        raise ImportBroken(
            f"An event begins in line {line} inside {stack[-1].name}, begun in line "
            f"{stack[-1].line}, which never ends.",
            line=line,
        )
    if len(stack) >= MAX_DEPTH:
        raise ImportBroken(f"Line {line} nests components too deeply.", line=line)
    return Component(name, line)


def _end(stack: list[Component], found: list[Component], name: str, line: int) -> None:
    if not stack:
        if found:
            return
        raise _no_calendar(line)
    done = stack.pop()
    if done.name != name:
        raise ImportBroken(
            f"Line {line} ends {name[:40] or 'nothing'}, but {done.name}, begun in line "
            f"{done.line}, is still open.",
            line=line,
        )
    (stack[-1].children if stack else found).append(done)


def _no_calendar(line: int) -> ImportBroken:
    return ImportBroken(
        f"This is not an iCalendar file: line {line} should be BEGIN:VCALENDAR.", line=line
    )
