"""`passes audit`: whether the book agrees with what others can check."""

from __future__ import annotations

from typing import Annotated

import typer

from passes_service.cli import installation, output
from passes_service.cli.refusals import NO

audit = typer.Typer(no_args_is_help=True, help="Check the books against what others can see.")


@audit.callback()
def _group() -> None:
    """Check the books against what others can see."""


@audit.command()
def chain(
    chain_id: Annotated[
        int | None, typer.Option("--chain", help="One chain by its id; all of them if left out.")
    ] = None,
) -> None:
    """Compare owners, counters and money in the book with the contracts. Changes nothing.

    Exit code 1 if anything differs, or a chain could not be asked.
    """
    from passes_service.core.errors import DomainError
    from passes_service.worker.audit import compare

    failed = False
    with installation.services(installation.read_settings()) as services:
        chosen = sorted(services.networks) if chain_id is None else [chain_id]
        if not chosen:
            output.say("No chain is served here: there is nothing to compare.")
        for one in chosen:
            try:
                found = compare(services, one)
            except DomainError as error:
                output.say(f"chain {one}: cannot be asked. {error.detail}")
                failed = True
                continue
            if found is None:
                output.say(f"chain {one}: never read. Run passes index first.")
                failed = True
                continue
            failed = failed or bool(found.differences or found.unread)
            count = _count(len(found.differences))
            output.say(f"chain {one}: compared at block {found.number:,}, {count}.")
            for difference in found.differences:
                output.say(f"  {difference.contract}  {difference}")
            for address in found.unread:
                output.say(f"  {address}  not compared: its logs are still being read.")
    if failed:
        output.next_steps("passes reindex --help")
        raise typer.Exit(NO)


@audit.command()
def payments(
    days: Annotated[int, typer.Option(min=1, max=365, help="How far to look back.")] = 7,
) -> None:
    """Compare payments with what their providers list, and mend what can be mended.

    Exit code 1 if something is left that a person has to look at.
    """
    from datetime import timedelta

    from passes_service.worker import reconcile

    left = 0
    with installation.services(installation.read_settings()) as services:
        now = services.clock()
        found = list(reconcile.compare(services, now, since=now - timedelta(days=days)))
        for each in found:
            left += not each.mended
            mark = "mended" if each.mended else "TO DO "
            output.say(f"{mark}  {each.reference or each.payment_id}  {each.sentence}")
    output.say(f"Payments of {days} days compared: {_count(len(found))}, {left} left to do.")
    if left:
        raise typer.Exit(NO)


def _count(number: int) -> str:
    return "no difference" if number == 0 else f"{number} difference{'' if number == 1 else 's'}"
