"""A new installation: made once, private, never overwritten."""

from __future__ import annotations

import os
import stat
import subprocess

from tests.cli.installed import PROGRAM, ROOT, Installed, link_token


def test_init_makes_keys_and_tables_and_shows_only_what_is_public(empty: Installed) -> None:
    said = empty.must("init")

    keys = empty.keys()
    assert keys.issuer.address in said
    assert keys.gate.public_key.hex() in said
    for file in empty.keys_dir.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        for line in file.read_text().splitlines():
            if '"secret"' in line:
                assert line.split('"')[3] not in said
    assert "passes organizer create" in said
    assert "Nothing to do" in empty.must("migrate")


def test_init_a_second_time_changes_nothing_and_says_so(installed: Installed) -> None:
    before = {file: file.read_bytes() for file in installed.keys_dir.iterdir()}
    database = installed.database_file.read_bytes()

    said = installed.refused("init", code="keyring-exists")

    assert "Nothing was changed" in said
    assert {file: file.read_bytes() for file in installed.keys_dir.iterdir()} == before
    assert installed.database_file.read_bytes() == database


def test_init_beside_existing_keys_makes_no_database(installed: Installed) -> None:
    elsewhere = installed.folder / "other.sqlite"
    installed.refused("init", code="keyring-exists", PASSES_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert not elsewhere.exists()


def test_init_without_a_database_makes_no_keys(empty: Installed) -> None:
    url = "postgresql+psycopg://user:hunter2hunter2@127.0.0.1:1/none"
    said = empty.refused("init", code="database-unreachable", PASSES_DATABASE_URL=url)
    assert "hunter2" not in said
    assert not empty.keys_dir.exists()


def test_files_of_the_program_are_for_its_user_only(empty: Installed) -> None:
    subprocess.run(
        [*PROGRAM, "init"],
        env={**os.environ, **empty.env, "PYTHONPATH": str(ROOT)},
        cwd=empty.folder,
        check=True,
        capture_output=True,
    )
    assert stat.S_IMODE(empty.database_file.stat().st_mode) == 0o600


def test_the_owner_gets_a_link_that_names_the_configured_origin(installed: Installed) -> None:
    said = installed.must(
        "organizer", "create", *installed.ORGANIZER, PASSES_PUBLIC_ORIGIN="https://passes.example"
    )
    assert "https://passes.example/l/" in said
    assert "within 15 minutes" in said
    assert "nocturne" in installed.must("organizer", "list")


def test_links_follow_the_port_when_nobody_set_an_origin(installed: Installed) -> None:
    said = installed.must("organizer", "create", *installed.ORGANIZER)
    assert f"{installed.origin}/l/" in said
    assert len(link_token(said)) == 86


def test_a_slug_that_is_taken_is_refused(nocturne: Installed) -> None:
    nocturne.refused("organizer", "create", *nocturne.ORGANIZER, code="slug-taken")


def test_no_link_is_printed_for_an_insecure_origin(installed: Installed) -> None:
    said = installed.refused(
        "organizer",
        "create",
        *installed.ORGANIZER,
        code="origin-insecure",
        PASSES_PUBLIC_ORIGIN="http://passes.example",
    )
    assert "/l/" not in said
    assert "no organizer yet" in installed.must("organizer", "list")


def test_help_loads_neither_the_web_nor_the_database() -> None:
    script = (
        "import sys; from passes_service.cli.main import app; "
        "heavy = {'fastapi', 'sqlalchemy', 'pydantic', 'uvicorn', 'alembic', 'cryptography'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)))"
    )
    found = subprocess.run(
        [PROGRAM[0], "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.stderr.strip() == ""
