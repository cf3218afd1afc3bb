"""The shortest way through the door: a signed code, one ADMIT, one DUPLICATE."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.checkin.evening import Evening, post


def test_code_lets_in_once_and_the_second_scan_is_refused_with_place_and_time(
    client: TestClient, night: Evening
) -> None:
    code = night.code(night.issue())

    first = post(client, night, code)
    second = post(client, night, code)

    assert (first.status_code, first.json()["code"]) == (200, "ADMIT"), first.text
    assert (second.status_code, second.json()["code"]) == (200, "DUPLICATE")
    assert second.json()["sentence"] == "This pass already came in at 19:50 at Main door."
    assert second.json()["first"]["gate"] == "Main door"
    assert second.json()["first"]["check_in_id"] == first.json()["check_in_id"]
    assert len(night.admissions()) == 1
