"""Refusals at the edge of a terminal: one calm block and an exit code, never a traceback."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from passes_service.cli import output
from passes_service.core.errors import DomainError, Kind

NO = 1
"""The command did its work and the answer is no (`verify`, `doctor`)."""
BROKEN = 70
"""The program itself failed (EX_SOFTWARE of sysexits.h)."""
TRACEBACK = "PASSES_TRACEBACK"
EXIT_CODES = {
    Kind.INVALID: 2,  # as for a mistyped option
    Kind.UNAUTHENTICATED: 3,
    Kind.FORBIDDEN: 3,
    Kind.NOT_FOUND: 4,
    Kind.CONFLICT: 5,
    Kind.GONE: 5,
    Kind.TOO_LARGE: 6,
    Kind.RATE_LIMITED: 7,
    Kind.UNAVAILABLE: 8,
}


class CalmGroup(TyperGroup):
    """Runs a command and turns whatever it raises into words."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            output.block(error.title, _with_fields(error), error.next_step, error.code)
            raise typer.Exit(EXIT_CODES[error.kind]) from None
        except Exception as error:
            if _of_the_parser(error) or os.environ.get(TRACEBACK):
                raise
            output.block(
                "Something broke in passes itself",
                f"{type(error).__name__}, which this command did not expect.",
                f"Repeat it with {TRACEBACK}=1 and report what it prints; look through that "
                "text before you send it.",
                "internal-error",
            )
            raise typer.Exit(BROKEN) from None


def _of_the_parser(error: Exception) -> bool:
    """Tell what Typer itself answers: mistyped options, its exits, a reader that went away.

    Its exceptions live in a vendored module; what they have in common is an `exit_code`.
    """
    return hasattr(error, "exit_code") or isinstance(error, (typer.Abort, BrokenPipeError))


def _with_fields(error: DomainError) -> str:
    """Add the line or field that a refusal names, unless its sentence does."""
    parts = [error.detail]
    for name in ("line", "field"):
        value = error.members.get(name)
        if value is not None and str(value) not in error.detail:
            parts.append(f"({name}: {value})")
    return " ".join(parts)
