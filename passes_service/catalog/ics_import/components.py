"""From content lines to the tree of components (RFC 5545 section 3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.errors import ImportBroken, ImportTooLarge
from passes_service.catalog.ics_import.lines import Property, properties

MAX_DEPTH = 12
MAX_ENTRIES = 20_000
_WHOLE = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"})
_STEPS = 10  # what opening a component costs beside its lines


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


def calendars(body: bytes, budget: Budget) -> list[Component]:
    """Return every VCALENDAR of a file; what stands after or between them is ignored.

    Raises:
        ImportBroken: The file is no calendar, is cut off, or its BEGIN and END do not pair.
        ImportTooLarge: More than `MAX_ENTRIES` entries, or too many lines.
    """
    found: list[Component] = []
    stack: list[Component] = []
    line, entries = 1, 0
    for item in properties(body, budget):
        line = item.line
        word = item.value.strip().upper()
        if item.name == "BEGIN":
            budget.spend(_STEPS)
            entries += len(stack) == 1
            if entries > MAX_ENTRIES:
                raise _too_many(line)
            stack.append(_begin(stack, found, word, line))
        elif item.name == "END":
            _end(stack, found, word, line)
        elif stack:
            stack[-1].properties.append(item)
        elif not found:
            raise _no_calendar(line)
    if stack:
        opened = stack[-1]
        raise ImportBroken(
            f"The file is cut off after line {line}: {opened.name[:40]}, begun in line "
            f"{opened.line}, never ends.",
            line=line,
        )
    if not found:
        raise ImportBroken("The file is empty.", line=1)
    return found


def _begin(stack: list[Component], found: list[Component], name: str, line: int) -> Component:
    if not stack and name != "VCALENDAR":
        raise _outside(name, line) if found else _no_calendar(line)
    if stack and name == "VCALENDAR":
        raise _inside("A new calendar", stack[-1], line)
    if name in _WHOLE and stack[-1].name != "VCALENDAR":
        raise _inside("An event" if name == "VEVENT" else f"A {name}", stack[-1], line)
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
            f"Line {line} ends {name[:40] or 'nothing'}, but {done.name[:40]}, begun in line "
            f"{done.line}, is still open.",
            line=line,
        )
    (stack[-1].children if stack else found).append(done)


def _inside(what: str, opened: Component, line: int) -> ImportBroken:
    return ImportBroken(
        f"{what} begins in line {line} inside {opened.name[:40]}, begun in line {opened.line}, "
        "which never ends.",
        line=line,
    )


def _outside(name: str, line: int) -> ImportBroken:
    return ImportBroken(
        f"Line {line} begins {name[:40] or 'nothing'} after the end of the calendar.", line=line
    )


def _too_many(line: int) -> ImportTooLarge:
    return ImportTooLarge(
        f"The file has more than {MAX_ENTRIES} entries; the first too many is in line {line}.",
        limit=MAX_ENTRIES,
        line=line,
    )


def _no_calendar(line: int) -> ImportBroken:
    return ImportBroken(
        f"This is not an iCalendar file: line {line} should be BEGIN:VCALENDAR.", line=line
    )
