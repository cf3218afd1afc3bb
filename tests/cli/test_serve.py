"""`passes serve`: opens its doors only if they are safe, closes them when asked."""

from __future__ import annotations

import json
import socket
from urllib.request import Request, urlopen

import pytest

from passes_service.db.engine import Database
from tests.cli.installed import Installed


def test_serves_until_asked_to_stop_and_is_gone_soon(nocturne: Installed) -> None:
    with nocturne.serving() as running:
        with urlopen(f"{nocturne.origin}/api/openapi.json", timeout=5) as answer:
            assert answer.status == 200
            assert "server" not in answer.headers
        assert running.stop() < 10

    assert running.process.returncode == 0
    assert f"Serving {nocturne.origin}" in running.out
    assert running.out.endswith("Stopped.\n")
    assert "Traceback" not in running.err
    for line in running.err.splitlines():
        assert json.loads(line)["level"] in ("info", "debug"), line


def test_an_open_connection_does_not_keep_it_alive(nocturne: Installed) -> None:
    with nocturne.serving("--no-worker") as running:
        with socket.create_connection(("127.0.0.1", int(nocturne.port))) as idle:
            idle.sendall(
                b"POST /api/v1/logins/redeem HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
            )
            assert running.stop() < 10
        assert "run passes worker" in running.out


def test_the_host_header_never_reaches_a_link(nocturne: Installed) -> None:
    with nocturne.serving("--no-worker"):
        request = Request(f"{nocturne.origin}/login", headers={"Host": "evil.example"})
        request.add_header("X-Forwarded-Host", "evil.example")
        try:
            with urlopen(request, timeout=5) as answer:
                body = answer.read()
        except OSError as error:  # a refusal is as good
            body = getattr(error, "read", bytes)()
        assert b"evil.example" not in body


def test_serves_a_database_of_either_kind(nocturne: Installed, database: Database) -> None:
    nocturne.env["PASSES_DATABASE_URL"] = database.url
    words = () if database.is_sqlite else ("--workers", "2")
    with nocturne.serving(*words) as running:
        assert running.stop() < 10
    assert running.process.returncode == 0, running.err


@pytest.mark.parametrize(
    ("words", "env", "code", "said"),
    [
        ((), {"PASSES_PUBLIC_ORIGIN": "http://passes.example"}, "origin-insecure", "https"),
        ((), {"PASSES_PUBLIC_ORIGIN": "passes.example"}, "origin-unusable", "PASSES_PUBLIC_ORIGIN"),
        (
            (),
            {"PASSES_PUBLIC_ORIGIN": "https://p.example/x"},
            "origin-unusable",
            "more than a host",
        ),
        ((), {"PASSES_PUBLIC_ORIGIN": "https://p.example:x"}, "origin-unusable", "origin"),
        (("--host", "0.0.0.0"), {}, "bind-too-wide", "--host 0.0.0.0"),
        (("--host", "::"), {}, "bind-too-wide", "--host 127.0.0.1"),
        (
            (),
            {"PASSES_DEMO": "1", "PASSES_PUBLIC_ORIGIN": "https://p.example"},
            "demo-on-network",
            "",
        ),
        ((), {"PASSES_PORT": "many"}, "settings-broken", "PASSES_PORT"),
        (("--workers", "2"), {}, "many-on-sqlite", "PostgreSQL"),
        (("--log-level", "loud"), {}, "settings-broken", "debug, info"),
    ],
)
def test_refuses_unsafe_settings(
    installed: Installed, words: tuple[str, ...], env: dict[str, str], code: str, said: str
) -> None:
    assert said.replace("--host 127", "--host at 127") in installed.refused(
        "serve", *words, code=code, **env
    )


def test_refuses_without_keys(empty: Installed) -> None:
    assert "passes init" in empty.refused("serve", code="keyring-missing")
    assert not empty.database_file.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_refuses_keys_that_others_can_read(installed: Installed, mode: int) -> None:
    (installed.keys_dir / "session.json").chmod(mode)
    assert "others can read" in installed.refused("serve", code="keyring-unsafe")


def test_refuses_a_directory_of_keys_that_others_can_enter(installed: Installed) -> None:
    installed.keys_dir.chmod(0o755)
    installed.refused("serve", code="keyring-unsafe")


def test_refuses_a_key_that_everybody_knows(installed: Installed) -> None:
    document = {
        "use": "issuer",
        "keys": [
            {
                "kid": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",  # Hardhat's first account
                "secret": "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
                "created_at": "2026-01-01T00:00:00Z",
                "not_after": None,
            }
        ],
    }
    (installed.keys_dir / "issuer.json").write_text(json.dumps(document))
    assert "issuer key" in installed.refused("serve", code="keys-well-known")


def test_refuses_a_database_that_is_not_there_and_makes_none(installed: Installed) -> None:
    missing = installed.folder / "missing.sqlite"
    url = f"sqlite:///{missing}"
    said = installed.refused("serve", code="not-migrated", PASSES_DATABASE_URL=url)
    assert "passes migrate" in said
    assert not missing.exists()


def test_refuses_a_database_without_tables(installed: Installed) -> None:
    bare = installed.folder / "bare.sqlite"
    bare.touch()
    url = f"sqlite:///{bare}"
    assert "no tables" in installed.refused("serve", code="not-migrated", PASSES_DATABASE_URL=url)
    assert "->" in installed.must("migrate", PASSES_DATABASE_URL=url)


def test_refuses_a_database_of_a_newer_version(installed: Installed) -> None:
    with installed.database() as database, database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    installed.refused("serve", code="database-newer")


def test_refuses_a_port_that_is_taken(installed: Installed) -> None:
    with socket.create_server(("127.0.0.1", int(installed.port))):
        assert installed.port in installed.refused("serve", code="port-taken")


def test_the_worker_refuses_what_serve_refuses(installed: Installed) -> None:
    (installed.keys_dir / "gate.json").chmod(0o644)
    installed.refused("worker", code="keyring-unsafe")
    installed.refused("worker", code="origin-insecure", PASSES_PUBLIC_ORIGIN="http://p.example")


def test_the_worker_ends_when_asked(nocturne: Installed) -> None:
    process = nocturne.start("worker")
    assert process.stdout is not None
    assert process.stdout.readline() == "Working. Ctrl-C stops.\n"
    process.terminate()
    out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "Stopped.\n"), err
