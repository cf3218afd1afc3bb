"""What goes wrong is one calm block on stderr and an exit code that scripts can tell apart."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner, Result

from passes_service.accounts.errors import NotFound
from passes_service.catalog.ics_import.errors import ImportBroken
from passes_service.cli.refusals import BROKEN, EXIT_CODES, TRACEBACK, CalmGroup
from passes_service.core.errors import Kind


def run(error: BaseException, **env: str) -> Result:
    """Run a command that raises."""
    app = typer.Typer(cls=CalmGroup, pretty_exceptions_enable=False)

    @app.command()
    def fail() -> None:
        raise error

    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["fail"], env=env)


def test_a_refusal_says_what_happened_what_to_do_and_its_code() -> None:
    result = run(NotFound("There is no such pass here."))
    assert result.exit_code == EXIT_CODES[Kind.NOT_FOUND]
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "passes: Not found",
        "  There is no such pass here.",
        "  Next: Check the address or id; ids of other organizers are not visible here.",
        "  (not-found)",
    ]


def test_a_line_or_field_is_named_once() -> None:
    assert "(line: 7)" in run(ImportBroken("It ends too soon.", line=7)).stderr
    assert "(line: 7)" not in run(ImportBroken("Line 7 ends too soon.", line=7)).stderr


def test_every_kind_has_an_exit_code_that_is_no_success_and_no_answer() -> None:
    assert set(EXIT_CODES) == set(Kind)
    assert not {0, 1, BROKEN} & set(EXIT_CODES.values())


def test_our_own_faults_show_no_traceback_and_no_text_that_may_be_secret() -> None:
    result = run(RuntimeError("token A1b2"))
    assert result.exit_code == BROKEN
    assert "Something broke in passes itself" in result.stderr
    assert "A1b2" not in result.output
    assert "Traceback" not in result.output


def test_whoever_asks_for_the_traceback_gets_it() -> None:
    result = run(RuntimeError("token A1b2"), **{TRACEBACK: "1"})
    assert isinstance(result.exception, RuntimeError)


@pytest.mark.parametrize(("error", "code"), [(typer.Exit(4), 4), (typer.BadParameter("no"), 2)])
def test_the_parsers_own_exits_pass(error: Exception, code: int) -> None:
    assert run(error).exit_code == code
