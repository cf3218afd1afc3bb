"""Thunderbird's remote control: length-prefixed JSON over TCP, as much of it as is needed here."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

PORT_FILE = "MarionetteActivePort"


class Marionette:
    """One session in the window of a running Thunderbird."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._number = 0
        assert self._read()["marionetteProtocol"] == 3
        self._ask("WebDriver:NewSession", {})
        self._ask("Marionette:SetContext", {"value": "chrome"})

    def run(self, script: str) -> Any:
        """Run JavaScript where Thunderbird's own runs; return what it returns."""
        found = self._ask("WebDriver:ExecuteScript", {"script": script, "args": []})
        return found["value"]

    def close(self) -> None:
        self._socket.close()

    def _ask(self, command: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        text = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(text), text))
        kind, number, error, result = self._read()
        assert (kind, number, error) == (1, self._number, None), error
        return result

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self._exactly(1)
        return json.loads(self._exactly(int(size[:-1])))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            more = self._socket.recv(size - len(found))
            assert more, "Thunderbird hung up"
            found += more
        return found


def port_of(profile: Path, *, seconds: float) -> int:
    """Wait until Thunderbird has written down where it listens."""
    path, end = profile / PORT_FILE, time.monotonic() + seconds
    while not path.exists() or not path.read_text().strip():
        assert time.monotonic() < end, f"Thunderbird did not start within {seconds} s"
        time.sleep(0.2)
    return int(path.read_text())
