"""`passes feed check`: whether calendar apps will believe a feed."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from passes_service.cli import fetching, files, output
from passes_service.cli.refusals import NO

if TYPE_CHECKING:
    from datetime import date

    from passes_service.feeds.check import Checked, Finding

MOST_SHOWN = 8
_INDENT = "  "

feed = typer.Typer(no_args_is_help=True, help="Look at calendar feeds, ours or others'.")


@feed.callback()
def _group() -> None:
    """Look at calendar feeds, ours or others'."""


@feed.command()
def check(
    what: Annotated[
        str, typer.Argument(help="A file, - for standard input, or an http(s) or webcal address.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check a feed against the standards and what is known of apps; by address, HTTP as well.

    Exit code 0 if it is clean or has warnings only, 1 if some app loses or misreads something.
    """
    from passes_service.feeds import check as checking

    if fetching.is_address(what):
        source = checking.public_part(fetching.normal(what))
        checked = checking.check_visit(fetching.visit(what))
    else:
        source = "standard input" if what == "-" else what
        checked = checking.check(files.read(what, most=fetching.MOST_BYTES))
    if as_json:
        output.say(_as_json(source, checked))
    else:
        _tell(source, checked)
    if checked.count("error"):
        raise typer.Exit(NO)


def _tell(source: str, checked: Checked) -> None:
    counts = _counts(checked)
    if not checked.findings:
        output.say(f"A feed that calendar apps will believe: {counts}. Nothing to mend.")
        return
    output.say(f"{source}: {counts}.")
    for severity, head in (("error", "ERRORS"), ("warning", "WARNINGS")):
        kinds: dict[str, list[Finding]] = {}
        for one in checked.findings:
            if one.severity == severity:
                kinds.setdefault(one.code, []).append(one)
        if kinds:
            output.say(f"\n{head}")
        for found in kinds.values():
            _tell_kind(found)
    errors, warnings = checked.count("error"), checked.count("warning")
    output.say(f"\n{_many(errors, 'error')}, {_many(warnings, 'warning')}.")
    if not errors:
        output.say("Every app we know of reads it; the warnings say what could be better.")


def _tell_kind(found: list[Finding]) -> None:
    """Print the first finding of a kind with its reason and remedy, and where the others are."""
    first = found[0]
    where = f"line {first.line}: " if first.line else ""
    _paragraph(f"{where}{first.message}  [{first.code}]", _INDENT)
    if len(found) > 1:
        _paragraph(f"and {_elsewhere(found[1:])}", _INDENT * 3)
    section = f"{first.section}. " if first.section else ""
    _paragraph(f"Why: {section}{first.suffers}", _INDENT * 3)
    _paragraph(f"Do:  {first.remedy}", _INDENT * 3)


def _elsewhere(found: list[Finding]) -> str:
    lines = [str(one.line) for one in found if one.line]
    rest = [one.message for one in found if not one.line]
    shown = f"at line{'' if len(lines) == 1 else 's'} {', '.join(lines[:MOST_SHOWN])}"
    parts = [shown] if lines else []
    if len(lines) > MOST_SHOWN:
        parts.append(f"{len(lines) - MOST_SHOWN} more lines")
    return "; ".join(parts + rest)


def _paragraph(text: str, indent: str) -> None:
    hanging = indent + _INDENT
    for line in textwrap.wrap(
        text, output.WIDTH, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False
    ):
        output.say(line)


def _counts(checked: Checked) -> str:
    said = checked.summary
    parts = [_many(said.events, "event")]
    if said.zones:
        named = f" ({', '.join(said.zones)})" if len(said.zones) <= 3 else ""
        parts.append(f"{_many(len(said.zones), 'zone')}{named}")
    if said.first and said.last:
        parts.append(f"{_day(said.first)} to {_day(said.last)}")
    return ", ".join(parts)


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _as_json(source: str, checked: Checked) -> str:
    said = checked.summary
    return json.dumps(
        {
            "source": source,
            "events": said.events,
            "zones": said.zones,
            "first": said.first and said.first.isoformat(),
            "last": said.last and said.last.isoformat(),
            "errors": checked.count("error"),
            "warnings": checked.count("warning"),
            "findings": [asdict(one) for one in checked.findings],
        },
        indent=2,
        ensure_ascii=False,
    )
