"""`passes doctor`: looks at an installation and says what is missing."""

from __future__ import annotations

import textwrap

import typer

from passes_service.cli import output
from passes_service.cli.checks.model import FAIL, OK, WARN, Check
from passes_service.cli.refusals import NO


def doctor() -> None:
    """Look at settings, keys, database, mail and clock; say what to do. Changes nothing.

    Exit code 1 if something fails; a warning alone is 0.
    """
    from passes_service.cli.checks.run import everything

    found = everything()
    width = max(len(check.name) for check in found)
    for check in found:
        _print(check, width)
    failed = sum(check.status == FAIL for check in found)
    warned = sum(check.status == WARN for check in found)
    output.say()
    if failed:
        output.say(f"{failed} to repair, {warned} to look at. Start with the first FAIL.")
        raise typer.Exit(NO)
    if warned:
        output.say(f"It can serve. {warned} to look at.")
    else:
        output.say("All well.")
    output.next_steps("passes serve")


def _print(check: Check, width: int) -> None:
    """Print one line, and under it what to do unless all is well."""
    mark = {OK: "ok  ", WARN: "warn", FAIL: "FAIL"}[check.status]
    indent = " " * (6 + width + 2)
    lines = _lines(check.value, output.WIDTH - len(indent))
    output.say(f"{mark}  {check.name:<{width}}  {lines[0]}".rstrip())
    for line in lines[1:]:
        output.say(indent + line)
    if check.status != OK:
        for line in _lines(f"-> {check.todo}", output.WIDTH - len(indent)):
            output.say(indent + line)


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
