"""Solidity cut into tokens, as far as planting faults needs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(
    r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>0x[0-9a-fA-F_]+|\d[\d_]*)
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<sign><<=|>>=|\*\*|\+\+|--|\+=|-=|\*=|/=|\|=|&=|\^=|=>|==|!=|<=|>=|&&|\|\||<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSE: Final = frozenset(_OPEN.values())


@dataclass(frozen=True)
class Token:
    """One word of the source; `function` is where it stands, empty outside of functions."""

    kind: str
    text: str
    start: int
    function: str = ""

    @property
    def stop(self) -> int:
        return self.start + len(self.text)


def tokens(source: str) -> list[Token]:
    """Return the words of a source, without blanks and comments, each with its function."""
    found = [
        Token(str(match.lastgroup), match.group(), match.start())
        for match in _TOKEN.finditer(source)
        if match.lastgroup != "skip"
    ]
    for place in [i for i, token in enumerate(found) if token.text == "function"]:
        name = found[place + 1].text
        body = next(i for i in range(place, len(found)) if found[i].text in "{;")
        last = closing(found, body) if found[body].text == "{" else body
        for i in range(place, last + 1):
            token = found[i]
            found[i] = Token(token.kind, token.text, token.start, name)
    return found


def closing(row: Sequence[Token], place: int) -> int:
    """Return the place of the bracket that closes the one at `place`."""
    depth = 0
    for i in range(place, len(row)):
        depth += (row[i].text in _OPEN) - (row[i].text in _CLOSE)
        if depth == 0:
            return i
    raise ValueError(f"not closed: {row[place]}")


def until(row: Sequence[Token], place: int, ends: str) -> int:
    """Return the place of the first of `ends` at or after `place`, outside of brackets."""
    depth = 0
    for i in range(place, len(row)):
        if depth == 0 and row[i].text in ends:
            return i
        depth += (row[i].text in _OPEN) - (row[i].text in _CLOSE)
        if depth < 0:
            return i
    raise ValueError(f"no end: {row[place]}")
