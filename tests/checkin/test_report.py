"""What the organizer reads about a door afterwards: the same evening, in figures."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from starlette.testclient import TestClient

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.checkin import gates, leaving, report
from passes_service.checkin.outcome import ScanCode
from passes_service.checkin.report import MOST_STEPS, DoorReport, Line
from passes_service.checkin.table import HEAD, table
from tests import people
from tests.checkin.evening import Evening
from tests.fakes import Clock
from tests.season import season


def report_of(night: Evening) -> DoorReport:
    with night.services.database.reading() as session:
        return report.of_session(
            session, organizer_id=night.organizer_id, session_id=night.first.id
        )


@pytest.fixture
def told(night: Evening, clock: Clock) -> DoorReport:
    """Five passes; three come, one of them twice, one is taken back; strangers try."""
    held = [night.issue(f"fan{n}@example.org") for n in range(5)]
    side = night.enrol("Side door")
    night.scan(night.code(held[0]))
    clock.forward(minutes=3)
    night.scan(night.code(held[0]))  # DUPLICATE
    night.scan("rubbish")
    clock.forward(minutes=4)
    night.scan(night.code(held[1]), gate=gates.ref(side.gate))
    wrong = night.scan(str(held[2].row.serial), gate=gates.ref(side.gate))
    clock.forward(minutes=1)
    night.scan(night.code(held[3]))
    assert wrong.check_in_id is not None
    with night.services.database.transaction() as session:
        leaving.annul(
            session,
            organizer_id=night.organizer_id,
            gate=gates.ref(side.gate),
            check_in_id=wrong.check_in_id,
            actor="test",
            now=clock(),
        )
    night.scan(night.code(held[0]), force_reason="Lost her bag")
    return report_of(night)


def test_who_came_and_who_did_not(told: DoorReport) -> None:
    assert (told.expected, told.came, told.no_shows) == (5, 3, 2)
    assert (told.entries, told.annulled, told.forced, told.typed) == (4, 1, 1, 2)
    assert told.refused == 2
    assert dict(told.refusals) == {ScanCode.DUPLICATE: 1, ScanCode.MALFORMED: 1}


def test_each_gate_and_each_stretch_of_time_adds_up(told: DoorReport) -> None:
    named = {one.name: (one.admitted, one.refused) for one in told.gates}
    assert named == {"Main door": (3, 2), "Side door": (1, 0)}
    assert sum(one.admitted for one in told.over_time) == told.entries
    assert sum(one.refused for one in told.over_time) == told.refused
    assert told.step == timedelta(minutes=1)
    starts = [one.starts_at for one in told.over_time]
    assert starts == sorted(starts)
    assert len({b - a for a, b in pairwise(starts)}) == 1


@pytest.mark.parametrize("minutes", [0, 1, 47, 48, 200, 3_000, 40_000])
def test_a_plot_has_few_steps_however_long_the_evening(
    night: Evening, clock: Clock, minutes: int
) -> None:
    night.scan("rubbish")
    clock.forward(minutes=minutes)
    night.scan("rubbish")
    found = report_of(night)
    assert 1 <= len(found.over_time) <= MOST_STEPS
    assert found.over_time[0].starts_at <= found.lines[0].at
    assert found.over_time[-1].starts_at + found.step > found.lines[-1].at
    assert sum(one.refused for one in found.over_time) == 2


def test_nobody_yet_is_a_report_too(night: Evening) -> None:
    night.issue()
    found = report_of(night)
    assert (found.expected, found.came, found.no_shows, found.over_time) == (1, 0, 1, ())


def test_another_organizer_reads_nothing(night: Evening, services: Services) -> None:
    other = season(services, "elsewhere")
    with services.database.reading() as session, pytest.raises(NotFound):
        report.of_session(session, organizer_id=other.organizer_id, session_id=night.first.id)


def test_the_table_is_one_row_per_scan_and_runs_nothing_in_a_spreadsheet() -> None:
    line = Line(
        at=datetime(2027, 3, 12, 17, 50, tzinfo=UTC),
        gate='=HYPERLINK("http://x")',
        code=ScanCode.ADMIT,
        sentence="Welcome, “come in”.",
        series="@cmd",
        serial=7,
        forced="-1+1",
    )
    rows = list(csv.reader(io.StringIO(table([line]), newline="")))
    assert tuple(rows[0]) == HEAD
    assert rows[1][:6] == [
        *("2027-03-12T17:50:00Z", '\'=HYPERLINK("http://x")', "ADMIT"),
        *("Welcome, “come in”.", "'@cmd", "7"),
    ]
    assert rows[1][7] == "'-1+1"


def test_the_api_tells_figures_and_table_to_who_may_read_passes(
    client: TestClient, services: Services, night: Evening, told: DoorReport
) -> None:
    assert told.lines
    path = f"/api/v1/sessions/{night.first.id}"
    assert client.get(f"{path}/door-report").status_code == 401
    people.sign_in_staff(client, services, people.member(services, night.organizer_id, "door"))
    assert client.get(f"{path}/door-report").status_code == 403
    people.sign_in_staff(client, services, people.member(services, night.organizer_id, "viewer"))
    figures = client.get(f"{path}/door-report").json()
    assert (figures["came"], figures["no_shows"], figures["refusals"]["DUPLICATE"]) == (3, 2, 1)
    answer = client.get(f"{path}/scans.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(rows) == len(told.lines) + 1
    assert "fan" not in answer.text  # no addresses, no names


def test_the_page_shows_a_plot_that_its_table_repeats(
    client: TestClient, services: Services, night: Evening, told: DoorReport
) -> None:
    assert told.lines
    people.sign_in_staff(client, services, people.member(services, night.organizer_id, "viewer"))
    page = client.get(f"/org/sessions/{night.first.id}/door")
    assert page.status_code == 200
    assert page.text.count('<rect class="admitted"') == len(told.over_time)
    assert "had come in already" in page.text
    assert "Lost her bag" not in page.text  # reasons are in the table of scans
    assert f"/api/v1/sessions/{night.first.id}/scans.csv" in page.text
    empty = client.get(f"/org/sessions/{night.made.sessions[1].id}/door")
    assert "Nobody was scanned yet" in empty.text
