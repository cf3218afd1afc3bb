"""Three readers accept a feed of every kind of entry and agree on what it says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject

from ics_feeds import Feed, notice, render
from tests.ics_feeds.samples import START, STORED, entry, feed
from tests.judges import node, python

DAY = timedelta(days=1)
STORY = feed(
    entry("1-plain", title="Jazz, blues; and C:\\New", url="https://example.org/passes/1"),
    entry("2-cancelled", starts_at=START + DAY, status="CANCELLED", sequence=4),
    entry("3-online", starts_at=START + 2 * DAY, time_zone="UTC", status="TENTATIVE"),
    entry("4-abroad", starts_at=START + 3 * DAY, time_zone="America/New_York"),
    entry(
        "5-days",
        starts_at=datetime(2026, 7, 9, 22, tzinfo=UTC),
        ends_at=datetime(2026, 7, 11, 22, tzinfo=UTC),
        all_day=True,
    ),
    entry("6-deadline", starts_at=START + 20 * DAY, ends_at=START + 20 * DAY),
    entry("7-reminded", starts_at=START + 30 * DAY, reminders=(timedelta(minutes=30), DAY)),
    name="Jazz; nights, \\New",
    color="teal",
    image_url="https://example.org/i.png",
)
TOLD = [
    ("1-plain", "2026-07-01T17:00:00Z", "2026-07-01T19:00:00Z", "CONFIRMED"),
    ("2-cancelled", "2026-07-02T17:00:00Z", "2026-07-02T19:00:00Z", "CANCELLED"),
    ("3-online", "2026-07-03T17:00:00Z", "2026-07-03T19:00:00Z", "TENTATIVE"),
    ("4-abroad", "2026-07-04T17:00:00Z", "2026-07-04T19:00:00Z", "CONFIRMED"),
    ("5-days", "2026-07-10", "2026-07-12", "CONFIRMED"),
    ("6-deadline", "2026-07-21T17:00:00Z", "2026-07-21T17:00:00Z", "CONFIRMED"),
    ("7-reminded", "2026-07-31T17:00:00Z", "2026-07-31T19:00:00Z", "CONFIRMED"),
]


def judged_by_node(body: bytes) -> list[dict[str, Any]]:
    return node.expand(body)


JUDGES = [
    python.expand_vobject,
    python.expand_icalendar,
    pytest.param(judged_by_node, marks=pytest.mark.node),
]


def facts(read: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    events = sorted(read, key=lambda event: str(event["uid"]))
    return [(e["uid"], e["start"], e["end"], e["status"]) for e in events]


@pytest.mark.parametrize("judge", JUDGES)
def test_each_judge_reads_the_story(judge: Any) -> None:
    read = judge(render(STORY))
    assert facts(read) == TOLD
    summaries = {event["uid"]: event["summary"] for event in read}
    assert summaries["1-plain"] == "Jazz, blues; and C:\\New"
    assert summaries["2-cancelled"] == "Cancelled: Rehearsal, open to pass holders"


@pytest.mark.parametrize("judge", JUDGES)
@pytest.mark.parametrize(
    "empty", [feed(), feed(notice=notice(uid="notice", title="Nothing", at=STORED))]
)
def test_each_judge_sees_one_past_notice_in_an_empty_feed(judge: Any, empty: Feed) -> None:
    (event,) = judge(render(empty))
    assert event["end"] <= f"{STORED:%Y-%m-%d}"


def test_the_name_of_the_calendar_comes_back() -> None:
    # Only vobject knows NAME for text; ical.js and icalendar leave its escapes as they are.
    contents = vobject.readOne(render(STORY).decode()).contents
    names = [contents[name][0].value for name in ("name", "x-wr-calname")]
    assert names == ["Jazz; nights, \\New"] * 2


@pytest.mark.node
def test_alarms_and_sequence_reach_thunderbird() -> None:
    read = {event["uid"]: event for event in node.expand(render(STORY))}
    assert read["2-cancelled"]["sequence"] == 4
    assert read["7-reminded"]["alarms"] == 2
    assert read["1-plain"]["alarms"] == 0


def test_a_missing_judge_is_a_skip_here_and_a_failure_in_ci(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(node, "HERE", tmp_path)  # a checkout without node_modules
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="npm ci"):
        node.require_node()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="npm ci"):
        node.require_node()
