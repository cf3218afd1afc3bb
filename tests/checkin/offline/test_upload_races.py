"""Two gates bring their logs at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta

from tests.checkin.evening import Evening
from tests.checkin.offline.lone_gate import LoneGate

MINUTE = timedelta(minutes=1)


def test_two_gates_uploading_the_same_passes_at_once_leave_one_entry_each(
    night: Evening, east: LoneGate, west: LoneGate
) -> None:
    people = [night.issue(f"fan{n}@example.org") for n in range(5)]
    now = night.services.clock()
    for n, held in enumerate(people):
        east.enter(night.code(held), held.row.pass_id, at=now - (n % 2 + 1) * MINUTE)
    for n, held in reversed(list(enumerate(people))):
        west.enter(night.code(held), held.row.pass_id, at=now - (2 - n % 2) * MINUTE)
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda gate=gate: codes.append(gate.upload().status_code))
        for gate in (east, west, east, west)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [200] * 4
    rows = night.admissions()
    assert len(rows) == 10
    counting = [row for row in rows if row.conflict_code == ""]
    assert len({row.pass_row_id for row in counting}) == len(counting) == 5
    # Ties of the clock go to the lower gate; else the earlier minute stands.
    for row in rows:
        twin = next(one for one in rows if one is not row and one.pass_row_id == row.pass_row_id)
        mine = (row.created_at, row.gate_id.bytes)
        assert (row.conflict_code == "") == (mine < (twin.created_at, twin.gate_id.bytes))
