"""What the commands print: sentences, tables, next steps. Wide enough, never clever."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence

import typer

WIDTH = 100


def say(text: str = "") -> None:
    """Print one line for the person who typed the command."""
    typer.echo(text)


def facts(pairs: Sequence[tuple[str, str]], *, indent: int = 2) -> None:
    """Print names and values, the values under each other."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        typer.echo(f"{'':{indent}}{name:<{width}}  {value}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a head; the last column wraps, the others are as wide as they need."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head) - 1)]
    room = max(30, WIDTH - sum(widths) - 2 * len(widths))
    for row in cells:
        left = "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        lines = textwrap.wrap(row[-1], room, break_on_hyphens=False) or [""]
        typer.echo((left + lines[0]).rstrip())
        for line in lines[1:]:
            typer.echo(" " * len(left) + line)


def next_steps(*steps: str) -> None:
    """Print what one would do now."""
    typer.echo("\nNext:")
    for step in steps:
        typer.echo(f"  {step}")


def block(title: str, detail: str, next_step: str, code: str) -> None:
    """Print one calm block on stderr: what happened, what to do next, the code to search for."""
    lines = [f"passes: {title}", *_wrapped(detail, "  ")]
    lines += [*_wrapped(f"Next: {next_step}", "  "), f"  ({code})"]
    typer.echo("\n".join(lines), err=True)


def _wrapped(text: str, indent: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        found += textwrap.wrap(
            line,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return found


def is_terminal() -> bool:
    """Tell whether a person reads stderr."""
    return sys.stderr.isatty()
