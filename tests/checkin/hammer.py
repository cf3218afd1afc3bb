"""One process that scans one code many times at once; `test_races` starts several.

python -m tests.checkin.hammer < plan.json      prints the codes it got, as JSON

With a `token` in the plan it scans as a web process does, in groups. With `die` the
process ends like one that lost its power: after the commit, before anybody hears of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from passes_service import keyring
from passes_service.accounts.authenticate import GATE_KEY_PREFIX
from passes_service.bootstrap import Services
from passes_service.checkin import service
from passes_service.checkin.gates import GateRef
from passes_service.checkin.many import Asked
from passes_service.checkin.service import Ask
from passes_service.config import Settings
from passes_service.core import tokens
from passes_service.db.engine import Database, open_database
from passes_service.web import gathering
from passes_service.web.door import groups

DIED = 9


def main(plan: dict[str, Any]) -> list[str]:
    """Scan as planned, from the moment the start file is there."""
    database = open_database(plan["url"], pool_size=4)
    with ExitStack() as stack:
        scan = in_groups(plan, database, stack) if "token" in plan else directly(plan, database)
        while not Path(plan["start"]).exists():
            time.sleep(0.005)
        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(scan, plan["nonces"]))
    database.close()
    return codes


def directly(plan: dict[str, Any], database: Database) -> Callable[[str], str]:
    """Scan by the service, one transaction each."""

    def scan(nonce: str) -> str:
        ask = Ask(
            organizer_id=UUID(plan["organizer_id"]),
            gate=GateRef(UUID(plan["gate_id"]), "Main door"),
            session_id=UUID(plan["session_id"]),
            text=plan["text"],
            nonce=nonce,
            public_keys=[bytes.fromhex(key) for key in plan["keys"]],
            now=datetime.fromisoformat(plan["now"]),
        )
        with database.transaction() as session:
            return service.scan(session, ask).code.value

    return scan


def in_groups(plan: dict[str, Any], database: Database, stack: ExitStack) -> Callable[[str], str]:
    """Scan as a web process does; what is no plain decision goes the ordinary way."""
    keys = Path(plan["keys_dir"])
    known: dict[str, Any] = {"_env_file": None, "database_url": plan["url"], "keys_dir": keys}
    settings = Settings(**known)
    now = datetime.fromisoformat(plan["now"])
    door = groups.Groups(Services(settings, database, keyring.load(keys), clock=lambda: now))
    stack.callback(door.close)
    if plan.get("die"):
        gathering._hand_over = _die  # no other way to die at that very moment
    gate = tokens.parse(plan["token"], prefix=GATE_KEY_PREFIX)
    assert gate is not None
    ordinary = directly(plan, database)

    def scan(nonce: str) -> str:
        session_id = UUID(plan["session_id"])
        asked = Asked(gate.organizer_id, gate.digest, session_id, plan["text"], nonce)
        outcome = asyncio.run(door.decide(asked))
        return ordinary(nonce) if outcome is None else outcome.code.value

    return scan


def _die(some: object) -> None:
    os._exit(DIED)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
