"""Mutants of a Solidity source: one small fault each, the same ones in every run.

Our own, because it needs no more than tokens: regular expressions over lines, as universalmutator
has them, plant faults in comments and cannot see where a condition or a branch ends.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.contracts.mutants.source import Token, closing, tokens, until

SIGNS: Final[dict[str, tuple[str, ...]]] = {
    "<": ("<=",),
    "<=": ("<",),
    ">": (">=",),
    ">=": (">",),
    "==": ("!=",),
    "!=": ("==",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "+=": ("-=", "="),
    "-=": ("+=", "="),
    "|=": ("&=", "="),
    "&&": ("||",),
    "||": ("&&",),
    "&": ("|",),
    "|": ("&",),
    "^": ("|",),
    "<<": (">>",),
    ">>": ("<<",),
}
NAMES: Final = {"_min": "_max", "_max": "_min", "true": "false", "false": "true"}
MODIFIERS: Final = frozenset({"nonReentrant", "onlyOwner", "whenNotPaused"})
DECLARING: Final = frozenset(
    {"function", "modifier", "constructor", "struct", "enum", "error", "event", "using", "import"}
    | {"pragma", "return", "if", "for", "while", "else", "unchecked", "assembly", "mapping"}
)


@dataclass(frozen=True)
class Mutant:
    """One fault: `after` stands at `start` instead of `before`."""

    path: str
    function: str
    line: int
    text: str
    start: int
    before: str
    after: str
    number: int
    """Which one it is of those that read the same, from 0."""

    @property
    def key(self) -> str:
        """A name that outlives changes of other lines."""
        words = (self.path, self.function, self.text, self.before, self.after, str(self.number))
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:10]

    def plant(self, source: str) -> str:
        """Return the source with the fault in it."""
        stop = self.start + len(self.before)
        assert source[self.start : stop] == self.before, f"{self.path}: not the source of {self}"
        return source[: self.start] + self.after + source[stop:]

    def __str__(self) -> str:
        before = " ".join(self.before.split())
        after = " ".join(self.after.split())
        return f"{self.path}:{self.line} {self.function}: `{before}` -> `{after}`"


def mutants(path: str, source: str) -> list[Mutant]:
    """Return every mutant of a source, in the order of the source."""
    row = tokens(source)
    spots = {(start, before, after): place for place, start, before, after in _spots(row, source)}
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for (start, before, after), place in sorted(spots.items()):
        line = source.count("\n", 0, start) + 1
        text = source.split("\n")[line - 1].strip()
        alike = (row[place].function, text, before, after)
        found.append(
            Mutant(path, row[place].function, line, text, start, before, after, seen[alike])
        )
        seen[alike] += 1
    return found


Spot = tuple[int, int, str, str]
"""Place in the row of tokens, start in the source, what stands there, what shall stand there."""


def _spots(row: Sequence[Token], source: str) -> Iterator[Spot]:
    heads = _loop_heads(row)
    for place, token in enumerate(row):
        if not token.function and "constant" not in _sentence(row, place):
            continue
        for after in _words(row, place):
            yield place, token.start, token.text, after
        if token.function and place not in heads:
            yield from _statements(row, place, source)
            yield from _conditions(row, place, source)


def _words(row: Sequence[Token], place: int) -> Iterator[str]:
    """Yield what may stand instead of one token."""
    token = row[place]
    if token.kind == "number":
        value = int(token.text.replace("_", ""), 0)
        yield str(value + 1)
        if value:
            yield str(value - 1)
    elif token.kind == "sign":
        yield from SIGNS.get(token.text, ())
    elif token.text in NAMES and row[place - 1].text != "function":
        yield NAMES[token.text]
    elif token.text in MODIFIERS:
        yield ""


def _statements(row: Sequence[Token], place: int, source: str) -> Iterator[Spot]:
    """Yield statements left out, and returns of something else."""
    token, before = row[place], row[place - 1].text
    if before not in {";", "{", "}", ")", "else"} or token.kind != "name":
        return
    if before == ")" and not _closes_if(row, place - 1):
        return
    if token.text == "return":
        end = until(row, place, ";")
        if end == place + 1:
            yield place, token.start, source[token.start : row[end].stop], "{}"
            return
        value = source[row[place + 1].start : row[end].start]
        for other in ("0", f"!({value})"):
            if value != other:
                yield place + 1, row[place + 1].start, value, other
        return
    following = row[place + 1]
    declares = following.kind == "name" and token.text not in {"emit", "revert", "delete"}
    if token.text in DECLARING or declares or following.text == ":":
        return
    end = until(row, place, ";")
    yield place, token.start, source[token.start : row[end].stop], "{}"


def _conditions(row: Sequence[Token], place: int, source: str) -> Iterator[Spot]:
    """Yield conditions turned round, and ternaries with both branches alike."""
    token = row[place]
    if token.text == "if":
        end = closing(row, place + 1)
        inside = source[row[place + 2].start : row[end].start]
        yield place + 2, row[place + 2].start, inside, f"!({inside})"
    elif token.text == "?":
        middle = until(row, place + 1, ":")
        end = until(row, middle + 1, ";,")
        first = source[row[place + 1].start : row[middle - 1].stop]
        second = source[row[middle + 1].start : row[end - 1].stop]
        yield place + 1, row[place + 1].start, first, second
        yield middle + 1, row[middle + 1].start, second, first


def _loop_heads(row: Sequence[Token]) -> set[int]:
    """Return the places between the brackets of `for (...)`."""
    starts = [i + 1 for i, token in enumerate(row) if token.text == "for"]
    return {place for start in starts for place in range(start, closing(row, start))}


def _closes_if(row: Sequence[Token], place: int) -> bool:
    """Whether the bracket at `place` ends the head of an `if` or a loop."""
    opens = (i for i in range(place, -1, -1) if row[i].text == "(")
    opening = next(i for i in opens if closing(row, i) == place)
    return row[opening - 1].text in {"if", "for", "while"}


def _sentence(row: Sequence[Token], place: int) -> set[str]:
    """Return the words of the declaration around a place outside of functions."""
    start = next((i for i in range(place - 1, -1, -1) if row[i].text in ";{}"), -1) + 1
    end = next((i for i in range(place, len(row)) if row[i].text in ";{}"), len(row))
    return {token.text for token in row[start:end]}
