"""Content lines: written by us, because the library folds inside escape sequences."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LIMIT = 75
_BACKSLASH = 0x5C
_SPACES = b" \t"


@dataclass(frozen=True, slots=True)
class Begun:
    """A content line whose beginning is folded for good and whose end is not known yet."""

    folded: bytes
    rest: bytes


def fold(line: str) -> bytes:
    r"""Return one content line as bytes with its CRLF, folded to at most 75 octets.

    A fold never falls inside a UTF-8 character (RFC 5545 3.1 allows it, clients do not) nor
    inside an escape sequence (Google drops such events, collective/icalendar#1501), and no
    continuation begins or ends with white space where that can be helped: some readers trim.
    """
    whole = _go_on(Begun(b"", line.encode()))
    return whole.folded + whole.rest + b"\r\n"


def begin_fold(line: str) -> Begun:
    """Fold the beginning of a line; what `end_fold` adds changes none of its folds."""
    return _go_on(Begun(b"", line.encode()))


def end_fold(begun: Begun, more: str = "") -> bytes:
    """Return the whole line, with CRLF: the same as `fold` of its two parts joined."""
    return begun.folded + _ended(begun.rest, bool(begun.folded), more)


@lru_cache(maxsize=8192)
def _ended(rest: bytes, continued: bool, more: str) -> bytes:
    """Return the end of a line; many sessions of one feed have the same one."""
    whole = _go_on(Begun(b"", rest + more.encode()), continued=continued)
    return whole.folded + whole.rest + b"\r\n"


def _go_on(begun: Begun, *, continued: bool = False) -> Begun:
    """Fold while there is more than fits: such a fold depends on nothing that comes later."""
    data, parts, start = begun.rest, [begun.folded], 0
    room = LIMIT - 1 if continued else LIMIT
    while len(data) - start > room:
        cut = _cut(data, start, start + room)
        parts += (data[start:cut], b"\r\n ")
        start, room = cut, LIMIT - 1
    return Begun(b"".join(parts), data[start:])


def fold_all(lines: Iterable[str]) -> bytes:
    """Return several content lines, each folded."""
    return b"".join(map(fold, lines))


def _cut(data: bytes, start: int, end: int) -> int:
    """Return the last good place for a fold in `data[start:end]`, `end` if it is one."""
    first = _sound(data, end)
    cut = first
    while data[cut - 1] in _SPACES or data[cut] in _SPACES:
        cut = _sound(data, cut - 1)
        if cut <= start + LIMIT // 2:  # a field of blanks: better an ugly fold than none
            return first
    return cut


def _sound(data: bytes, cut: int) -> int:
    """Move `cut` back out of a character and out of an escape sequence."""
    while data[cut] & 0xC0 == 0x80:
        cut -= 1
    run = 0
    while data[cut - 1 - run] == _BACKSLASH:
        run += 1
    return cut - run % 2
