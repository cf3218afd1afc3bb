"""What a gate may write that no column can hold, and what two requests of one gate hold at once."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from passes_service.checkin.offline import placing
from passes_service.core import pass_id as pass_numbers
from passes_service.db.models import Gate
from tests.checkin.evening import Evening
from tests.checkin.offline.lone_gate import LoneGate
from tests.phones import Phone

LARGEST = 2**32 - 1


def test_numbers_and_epochs_that_no_column_holds_are_unknown_and_the_log_arrives(
    night: Evening, east: LoneGate
) -> None:
    series = night.made.series.series_no
    east.enter("", pass_numbers.compose(series, LARGEST), typed=True)
    east.enter("", pass_numbers.compose(2**64 - 1, 1), typed=True)
    east.enter("EP1:no code", pass_numbers.compose(series, 2**31), epoch=None)
    east.leave("", pass_numbers.compose(series, LARGEST))

    results = east.results()

    assert [one["state"] for one in results] == ["merged"] * 4
    assert [one["code"] for one in results[:3]] == ["ADMIT_PROVISIONAL"] * 3
    assert all(one["conflict"] for one in results[:3])


def test_a_forged_live_code_of_an_epoch_that_no_column_holds_stops_no_log(
    night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    forged = Phone().code(held, LARGEST, night.services.clock())
    east.enter(forged, held.row.pass_id, epoch=None, code="STALE", rule="code")
    east.enter(forged, held.row.pass_id, epoch=None)

    refused, let_in = east.results()

    assert (refused["state"], refused["code"]) == ("merged", "STALE")
    assert let_in["conflict"]["code"] in ("UNKNOWN", "BAD_SIGNATURE", "STALE")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_gate_whose_log_arrives_may_scan_the_same_pass_meanwhile(
    client: TestClient, night: Evening, east: LoneGate
) -> None:
    held = night.issue()
    east.enter(night.code(held), held.row.pass_id)
    answers: list[int] = []
    sending = threading.Thread(target=lambda: answers.append(east.upload().status_code))
    with night.services.database.transaction() as session:
        placing.hold(session, night.organizer_id, held.row.id)
        sending.start()
        _wait_for_a_lock(night)
        # What a row that refers to the gate asks for, while the upload waits for our pass.
        session.get(
            Gate,
            (night.organizer_id, east.id),
            populate_existing=True,
            with_for_update={"read": True, "key_share": True},
        )
    sending.join()
    assert answers == [200]


def _wait_for_a_lock(night: Evening) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(2000):
        with night.services.database.reading() as session:
            if session.execute(waiting).scalar_one():
                return
        time.sleep(0.005)
    raise AssertionError("the upload does not wait for the pass")
