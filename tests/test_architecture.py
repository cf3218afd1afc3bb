"""The house's own rules, held by tests: sizes, tenancy, who may commit."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

import passes_service.db.models
from passes_service.core.errors import DomainError, catalogue
from passes_service.db import migrate
from passes_service.db.engine import Database

ROOT = Path(__file__).parent.parent
SOURCES = ("passes_service", "ics_feeds", "tests", "contracts", "hardhat-local")
LONGEST_FILE, LONGEST_FUNCTION = 300, 60
GENERATED = ("migrations/versions", "static/vendor", "node_modules", "artifacts", "cache")
# About a chain or the directory itself, not about one organizer: whole on every shard.
SHARED = ("organizer", "chain_cursor", "chain_block", "relay_nonce")
EDGES = ("passes_service/web", "passes_service/cli", "passes_service/worker")

assert passes_service.db.models


def files(*suffixes: str) -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            named = path.relative_to(ROOT).as_posix()
            if path.suffix in suffixes and not any(part in named for part in GENERATED):
                yield path


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_files_hold_one_idea() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in files(".py", ".sol", ".js", ".mjs", ".ts", ".css", ".html")
        if (count := len(path.read_text().splitlines())) >= LONGEST_FILE
    }
    assert long == {}


def test_functions_fit_on_a_screen() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": length
        for path in files(".py")
        for node in functions(ast.parse(path.read_text()))
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_only_edges_open_transactions_and_nobody_commits_by_hand() -> None:
    found = []
    for path in files(".py"):
        named = path.relative_to(ROOT).as_posix()
        if not named.startswith("passes_service"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            name = node.func.attr
            opens = name in ("transaction", "rollback") and not named.startswith(EDGES)
            if name == "commit" or opens:
                found.append(f"{named}:{node.lineno} {name}")
    assert found == []


def test_every_table_is_keyed_by_its_organizer() -> None:
    for name, table in SQLModel.metadata.tables.items():
        if name in SHARED:
            continue
        assert next(iter(table.primary_key.columns)).name == "organizer_id", name
        for key in table.foreign_key_constraints:
            columns = [column.name for column in key.columns]
            assert columns[0] == "organizer_id", f"{name}: {columns}"


def test_the_organizer_leads_every_index_and_unique_constraint() -> None:
    for name, table in SQLModel.metadata.tables.items():
        if name in SHARED:
            continue
        for index in table.indexes:
            assert next(iter(index.columns)).name == "organizer_id", index.name
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                assert next(iter(constraint.columns)).name == "organizer_id", constraint.name


def test_migrations_from_empty_give_exactly_the_models(database: Database) -> None:
    here, newest = migrate.current(database.reader)
    assert here == newest
    assert migrate.differences(database.writer) == []


@pytest.mark.parametrize("error", catalogue(), ids=lambda error: error.code)
def test_every_refusal_has_a_code_a_title_and_a_next_step(error: type[DomainError]) -> None:
    assert error.code == error.code.lower()
    assert " " not in error.code
    assert error.title[0].isupper()
    assert not error.title.endswith(".")
    assert error.next_step.endswith(".")


def test_refusal_codes_are_unique() -> None:
    codes = [error.code for error in catalogue()]
    assert len(codes) == len(set(codes))


def test_importing_the_service_connects_to_nothing() -> None:
    """A module that reads the environment or opens a database at import breaks every tool."""
    script = (
        "import socket, sys\n"
        "def no(*_): raise SystemExit('connected at import')\n"
        "socket.socket.connect = no\n"
        "import passes_service.web.app, passes_service.worker.loop, passes_service.cli.main\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
