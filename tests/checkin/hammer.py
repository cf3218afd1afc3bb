"""One process that scans one code many times at once; `test_races` starts several.

python -m tests.checkin.hammer < plan.json      prints the codes it got, as JSON
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from passes_service.checkin import service
from passes_service.checkin.gates import GateRef
from passes_service.checkin.service import Ask
from passes_service.db.engine import open_database


def main(plan: dict[str, Any]) -> list[str]:
    """Scan as planned, from the moment the start file is there."""
    database = open_database(plan["url"], pool_size=4)

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

    while not Path(plan["start"]).exists():
        time.sleep(0.005)
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(scan, plan["nonces"]))
    database.close()
    return codes


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.load(sys.stdin))))
