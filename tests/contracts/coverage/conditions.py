"""Conditions of a Solidity source, and the source with a probe on both outcomes of each.

Hardhat counts statements and no branches. So each condition `c` (of if, loop and ?:, and each side
of && and ||) becomes `(c ? __yes1() : __no1())`, with the two functions on lines of their own at
the end of the file: a line that was never run is an outcome that no test has seen. Line numbers of
the rest stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

Tree = dict[str, Any]

DECIDING: Final = (
    *("IfStatement", "Conditional"),
    *("ForStatement", "WhileStatement", "DoWhileStatement"),
)


@dataclass(frozen=True)
class Condition:
    """Where a condition stands, in bytes from the start of its file."""

    start: int
    end: int
    text: str
    line: int


@dataclass(frozen=True)
class Outcome:
    """One outcome of a condition; `line` is where its probe is."""

    condition: Condition
    value: bool
    line: int


def conditions(tree: Tree, source: bytes) -> list[Condition]:
    """Return the conditions of a file in their order."""
    found = {_place(node) for node in _nodes(tree)}
    return [
        Condition(
            start,
            end,
            " ".join(source[start:end].decode().split()),
            source[:start].count(b"\n") + 1,
        )
        for start, end in sorted(found)
    ]


def probed(source: bytes, found: list[Condition]) -> tuple[bytes, list[Outcome]]:
    """Return the source with probes, and where they are."""
    inserts: list[tuple[int, int, int, bytes]] = []  # place, closing first, nesting, text
    for number, one in enumerate(found):
        width = one.end - one.start
        inserts.append((one.start, 1, -width, b"("))
        inserts.append((one.end, 0, width, f" ? __yes{number}() : __no{number}())".encode()))
    made, done = b"", 0
    for place, _, _, text in sorted(inserts):
        made += source[done:place] + text
        done = place
    made += source[done:]
    if not made.endswith(b"\n"):
        made += b"\n"
    outcomes, line = [], made.count(b"\n")
    for number, one in enumerate(found):
        for name, value in ((f"__yes{number}", True), (f"__no{number}", False)):
            made += (
                f"function {name}() pure returns (bool) {{ return {str(value).lower()}; }}\n"
            ).encode()
            line += 1
            outcomes.append(Outcome(one, value, line))
    return made, outcomes


def _nodes(tree: Any) -> Iterator[Tree]:
    """Yield the expressions that decide something; assembly is not looked into."""
    if isinstance(tree, list):
        for one in tree:
            yield from _nodes(one)
    if not isinstance(tree, dict) or tree.get("nodeType") == "InlineAssembly":
        return
    if tree.get("nodeType") in DECIDING and tree.get("condition"):
        yield tree["condition"]
    if tree.get("nodeType") == "BinaryOperation" and tree["operator"] in ("&&", "||"):
        yield from (tree["leftExpression"], tree["rightExpression"])
    for value in tree.values():
        yield from _nodes(value)


def _place(node: Tree) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length
