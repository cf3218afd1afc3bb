"""The import page says what was decided, counts what was skipped, and never bends a file."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage

EVENT = (
    "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID=Europe/Berlin:20270510T180000\r\n"
    "DTEND;TZID=Europe/Berlin:20270510T200000\r\nDURATION:PT9H\r\nSUMMARY:Töpfern\r\nEND:VEVENT\r\n"
)
TASK = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n"


def file(*parts: str) -> bytes:
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + "".join(parts) + "END:VCALENDAR\r\n").encode()


def preview(owner: Browser, stage: Stage, body: bytes) -> tuple[int, str]:
    answer = owner.client.post(
        f"/org/calendars/{stage.calendar_id}/import/preview",
        files={"file": ("season.ics", body, "text/calendar")},
        headers={"Accept": "text/html"},
    )
    return answer.status_code, answer.text


def typed(page: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return found[1].strip()


def test_what_was_decided_is_shown_with_its_line(owner: Browser, stage: Stage) -> None:
    status, page = preview(owner, stage, file(EVENT))

    assert status == 200
    assert "Decided for you" in page
    assert "It has an end (DTEND) and a DURATION: the end is taken." in page
    assert "line 7" in page


def test_what_was_skipped_is_counted_by_reason_and_not_all_listed(
    owner: Browser, stage: Stage
) -> None:
    status, page = preview(owner, stage, file(TASK * 1_000, EVENT))

    assert status == 200
    assert re.search("<li>1000 . VTODO: It is a task, not an event.</li>", page)
    assert "And 800 more" in page
    assert "line 3," in page
    assert len(page) < 100_000


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "a web page, not a calendar"),
        (gzip.compress(file(EVENT)), "compressed (gzip)"),
        (file("BEGIN:VEVENT\r\nDTSTART 20270510T180000\r\nEND:VEVENT\r\n"), "Line 4"),
    ],
)
def test_another_file_is_refused_in_words(
    owner: Browser, stage: Stage, body: bytes, said: str
) -> None:
    status, page = preview(owner, stage, body)

    assert status == 422
    assert said in page


FLOATING = file(EVENT.replace(";TZID=Europe/Berlin", ""))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_in_another_encoding_never_comes_back_bent(
    owner: Browser, stage: Stage, encoding: str
) -> None:
    """Its text, sent again with the zone that was asked for, would bring damaged titles."""
    status, page = preview(owner, stage, FLOATING.decode().encode(encoding))

    assert status == 422
    assert "Time zone needed" in page
    assert typed(page) == ""


def test_a_file_in_utf_8_comes_back_as_text_to_be_corrected(owner: Browser, stage: Stage) -> None:
    status, page = preview(owner, stage, FLOATING)

    assert status == 422
    assert "Töpfern" in typed(page)
    assert (
        typed(preview(owner, stage, FLOATING.replace(b"SUMMARY:", b"SUMMARY:" + b"x" * 300_000))[1])
        == ""
    )
