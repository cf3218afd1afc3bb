"""Content lines: written by us, because the library folds inside escape sequences."""

from collections.abc import Iterable

LIMIT = 75
_BACKSLASH = 0x5C
_SPACES = b" \t"


def fold(line: str) -> bytes:
    r"""Return one content line as bytes with its CRLF, folded to at most 75 octets.

    A fold never falls inside a UTF-8 character (RFC 5545 3.1 allows it, clients do not) nor
    inside an escape sequence (Google drops such events, collective/icalendar#1501), and no
    continuation begins or ends with white space where that can be helped: some readers trim.
    """
    data = line.encode()
    if len(data) <= LIMIT:
        return data + b"\r\n"
    parts, start, room = [], 0, LIMIT
    while len(data) - start > room:
        cut = _cut(data, start, start + room)
        parts.append(data[start:cut])
        start, room = cut, LIMIT - 1
    parts.append(data[start:])
    return b"\r\n ".join(parts) + b"\r\n"


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
