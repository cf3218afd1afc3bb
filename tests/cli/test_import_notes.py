"""`passes import` says what it decided, and counts what it skipped."""

from __future__ import annotations

from tests.cli.installed import Installed
from tests.cli.test_import_and_issue import CREATE, ics


def test_notes_and_sums_are_printed_with_their_lines(nocturne: Installed) -> None:
    task = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n"
    text = ics(("a", 3, "Opening")).replace("DURATION:PT2H\r\n", "")
    text = text.replace("END:VCALENDAR", task * 300 + "END:VCALENDAR")

    said = nocturne.must("import", "-", *CREATE, typed=text)

    assert "1 created" in said
    assert "It has no end" in said
    assert "line 4" in said
    assert "skipped 300: VTODO: It is a task, not an event." in said
    assert len(said.splitlines()) < 220


def test_a_web_page_is_refused_by_its_name(nocturne: Installed) -> None:
    said = nocturne.refused("import", "-", *CREATE, code="ics-broken", typed="<html>Log in</html>")

    assert "a web page" in said
