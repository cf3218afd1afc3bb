"""A venue's network for tests: a network namespace with the door phones, a hub, a cable to pull."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.conftest import CHROMIUM

NEEDED = ("ip", "certutil")


def missing() -> str:
    """Say which programs are not installed, or nothing."""
    without = [name for name in NEEDED if shutil.which(name) is None]
    if without:
        return f"no {' and no '.join(without)}: apt-get install iproute2 libnss3-tools"
    return ""


def forbidden() -> str:
    """Say why this machine lets nobody make a network of their own, or nothing."""
    word = secrets.token_hex(3)
    name, here, there = f"passes-{word}", f"pa{word}", f"pb{word}"
    pair = ("link", "add", here, "type", "veth", "peer", "name", there)
    try:
        for command in (("netns", "add", name), pair, ("netns", "exec", name, "true")):
            done = _run("ip", *command)
            if done.returncode:
                return f"ip {command[0]} {command[1]}: {done.stderr.decode().strip()}"
    finally:
        _run("ip", "link", "del", here)
        _run("ip", "netns", "del", name)
    return ""


@dataclass(frozen=True)
class Network:
    """Phones are in the namespace and see one other computer: the hub's, at `hub`."""

    name: str
    hub: str

    def browser(self, folder: Path, authority: Path) -> Path:
        """Write a program that starts Chromium in there, trusting the hub's authority."""
        home = folder / "home"
        trusted = home / ".pki" / "nssdb"
        trusted.mkdir(parents=True)
        store = f"sql:{trusted}"
        _must("certutil", "-N", "-d", store, "--empty-password")
        _must("certutil", "-A", "-d", store, "-t", "C,,", "-n", "hub", "-i", str(authority))
        starter = folder / "chromium"
        starter.write_text(
            f'#!/bin/sh\nexec ip netns exec {self.name} env HOME={home} {CHROMIUM} "$@"\n'
        )
        starter.chmod(0o755)
        return starter


@contextmanager
def network() -> Iterator[Network]:
    """Make a namespace with a cable to this computer, and take it away afterwards."""
    word = secrets.token_hex(3)
    name, here, there = f"passes-{word}", f"pa{word}", f"pb{word}"
    third = secrets.randbelow(250) + 2
    hub, phones = f"10.77.{third}.1", f"10.77.{third}.2"
    _must("ip", "netns", "add", name)
    try:
        _must("ip", "link", "add", here, "type", "veth", "peer", "name", there)
        _must("ip", "link", "set", there, "netns", name)
        _must("ip", "addr", "add", f"{hub}/24", "dev", here)
        _must("ip", "link", "set", here, "up")
        _must("ip", "-n", name, "addr", "add", f"{phones}/24", "dev", there)
        _must("ip", "-n", name, "link", "set", there, "up")
        _must("ip", "-n", name, "link", "set", "lo", "up")
        yield Network(name, hub)
    finally:
        _run("ip", "link", "del", here)
        _run("ip", "netns", "del", name)


@dataclass
class Cable:
    """The way from the hub to the service; pulled, nothing passes."""

    service: tuple[str, int]
    pulled: bool = False
    _open: list[socket.socket] = field(default_factory=list)

    def __enter__(self) -> Cable:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.pull()

    def pull(self) -> None:
        """Cut what runs and let nothing new through."""
        self.pulled = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def plug(self) -> None:
        """Let everything through again."""
        self.pulled = False

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.pulled:
                near.close()
                continue
            far = socket.create_connection(self.service)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65_536):
            other.sendall(piece)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def hub(address: str, port: int, service: int, folder: Path) -> Iterator[str]:
    """Run `passes gate-hub` as an organizer does, until the block ends; yields its origin."""
    command = [sys.executable, "-m", "passes_service.cli.main", "gate-hub"]
    common: list[Any] = ["--host", address, "--folder", str(folder), "--trust-port", "0"]
    subprocess.run([*command, "init", *common, "--name", "Cellar"], check=True, timeout=60)
    behind = ["--service", f"http://127.0.0.1:{service}"]
    said = folder / "said.txt"
    with said.open("wb") as out:
        child = subprocess.Popen(
            [*command, "run", *common, "--name", "Cellar", "--port", str(port), *behind],
            stdout=out,
            stderr=out,
        )
        try:
            _wait(child, address, port, said)
            yield f"https://{address}:{port}"
        finally:
            child.terminate()
            child.wait(20)


def _wait(child: subprocess.Popen[bytes], address: str, port: int, said: Path) -> None:
    for _ in range(300):
        if child.poll() is not None:
            raise RuntimeError(said.read_text())
        with suppress(OSError), socket.create_connection((address, port), timeout=0.2):
            return
        threading.Event().wait(0.1)
    raise RuntimeError("the hub did not start")


def _run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, timeout=30, check=False)


def _must(*command: str) -> None:
    done = _run(*command)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.decode()}")
