"""`passes demo`: one evening on a database of its own, then keep serving it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passes_service.cli import output
from passes_service.cli.errors import DemoOnNetwork
from passes_service.core.errors import DomainError, Kind

if TYPE_CHECKING:
    from socket import socket

    from uvicorn import Config

    from passes_service.bootstrap import Services
    from passes_service.cli.demo_clock import DemoClock

FOLDER = Path(".var/demo")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
APPLICATION_ID = 0x43503144  # "CP1D", in the header of every SQLite file that the demo made
PORTS_TRIED = 20


class DatabaseNotOurs(DomainError):
    """A file stands where the demo wants its database, and the demo did not make it."""

    code, title, kind = "demo-database", "This is not a demo database", Kind.FORBIDDEN
    next_step = "Choose an empty place with --folder; the demo starts afresh and would erase it."


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the evening and stop.")] = False,
    host: Annotated[str, typer.Option(help="A loopback address; nothing else.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65000, help="Taken already: the next free one.")
    ] = 8000,
    folder: Annotated[Path, typer.Option(help="For the demo's database and keys.")] = FOLDER,
    chain: Annotated[
        Path | None, typer.Option(help="A local chain's networks.json: play with tokens, too.")
    ] = None,
) -> None:
    """Serve a made-up season and play one evening aloud: a transfer, the door, a refund."""
    from passes_service.cli.demo_clock import DemoClock
    from passes_service.cli.demo_play import play

    if host not in LOOPBACK:
        raise DemoOnNetwork(f"The demo hands out logins, so it does not listen on {host}.")
    clock = DemoClock()
    with _serving(folder, host, port, clock, chain) as services:
        if chain is None:
            play(services, clock)
        else:
            from passes_service.cli.demo_chain import play_on_chain

            play(services, clock, meanwhile=partial(play_on_chain, services, clock))
        if once:
            return
        output.say("\nServing until Ctrl-C. Its clock stays at that evening, so the door is open.")
        # Started in the background of a script it would ignore the signal, as its parent does.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            output.say("\nGood night.")


@contextmanager
def _serving(
    folder: Path, host: str, port: int, clock: DemoClock, chain: Path | None
) -> Iterator[Services]:
    """Make a fresh database and keys, serve them from threads of this process."""
    from passes_service.bootstrap import build
    from passes_service.cli import logs, serving
    from passes_service.config import Settings
    from passes_service.db import migrate
    from passes_service.web.app import create_app

    url = fresh_database(folder)
    with ExitStack() as stack:
        sock = stack.enter_context(_free_port(host, port))
        origin = f"http://{host}:{sock.getsockname()[1]}"
        settings = Settings(
            database_url=url,
            keys_dir=_keys(folder, clock),
            public_origin=origin,
            host=host,
            port=sock.getsockname()[1],
            demo=True,
            smtp_url=None,
            chains_file=chain,
        )
        logs.configure(settings, at="error")
        services = build(settings, clock=clock)
        stack.callback(services.database.close)
        migrate.upgrade(services.database)
        config = serving.uvicorn_config(create_app(services), settings, workers=1, level="error")
        stack.enter_context(serving.EmbeddedWorker(services))
        stack.enter_context(_in_thread(config, sock))
        yield services


def fresh_database(folder: Path) -> str:
    """Return the URL of a new demo database, erasing an earlier one if the demo made it.

    Raises:
        DatabaseNotOurs: Something else is there; it is not touched.
    """
    path = folder / "demo.sqlite"
    if path.exists() and not _made_by_demo(path):
        raise DatabaseNotOurs(f"{path} was not made by the demo.")
    if folder.exists():
        for leftover in folder.glob("demo.sqlite*"):
            leftover.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.close()
    return f"sqlite:///{path}"


def _made_by_demo(path: Path) -> bool:
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            found = connection.execute("PRAGMA application_id").fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        return False
    return bool(found == (APPLICATION_ID,))


def _keys(folder: Path, clock: DemoClock) -> Path:
    """Make keys for this run only: links of an earlier run are dead."""
    import secrets

    from passes_service import keyring

    path = folder / "keys"
    if path.exists():
        shutil.rmtree(path)
    keyring.init(path, random=secrets.token_bytes, now=clock())
    return path


@contextmanager
def _free_port(host: str, port: int) -> Iterator[socket]:
    from passes_service.cli import serving
    from passes_service.cli.errors import PortTaken

    for candidate in range(port, port + PORTS_TRIED):
        try:
            sock = serving.listen(host, candidate)
        except PortTaken:
            continue
        with sock:
            yield sock
            return
    raise PortTaken(f"{host} ports {port} to {port + PORTS_TRIED - 1} are all in use.")


@contextmanager
def _in_thread(config: Config, sock: socket) -> Iterator[None]:
    """Serve beside this thread; the play is a client like any other."""
    import uvicorn

    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([sock],), name="web", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the web server ended before it began")
            thread.join(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
