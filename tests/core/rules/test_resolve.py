"""What an organizer types becomes absolute Terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.portioning import SessionRef, default_portions, weights
from passes_service.core.rules.presets import PRESETS
from passes_service.core.rules.resolve import resolve
from passes_service.core.rules.schema import parse, to_document
from tests.core.rules.examples import FIRST, SESSIONS, draft


def season(count: int) -> list[SessionRef]:
    return [
        SessionRef(
            id=f"s{number:03d}",
            title=f"Night {number}",
            starts_at=FIRST + timedelta(days=number),
            ends_at=FIRST + timedelta(days=number, hours=2),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("count", [1, 2, 3, 16, 17, 52, 365])
def test_every_preset_fits_every_season(preset: str, count: int) -> None:
    terms = resolve(draft(preset=preset), season(count))

    assert parse(to_document(terms)) == terms
    assert len(terms.portions) == min(count, 16)
    assert sum(len(part.session_ids) for part in terms.portions) == count


@given(st.integers(1, 400))
def test_default_portions_are_contiguous_even_and_complete(count: int) -> None:
    sessions = season(count)
    parts = default_portions(list(reversed(sessions)), doors_minutes_before=60)
    sizes = [len(part.session_ids) for part in parts]

    assert [one for part in parts for one in part.session_ids] == [one.id for one in sessions]
    assert max(sizes) - min(sizes) <= 1
    assert sum(part.weight_bp for part in parts) == 10_000
    for part, size in zip(parts, sizes, strict=True):
        assert abs(part.weight_bp - 10_000 * size / count) < 1


@given(st.lists(st.integers(1, 100), min_size=1, max_size=16))
def test_weights_always_sum_to_the_whole(counts: list[int]) -> None:
    assert sum(weights(counts)) == 10_000


def test_days_before_keep_the_local_time_across_a_clock_change() -> None:
    summer = [
        SessionRef(
            id="a",
            title="A",
            starts_at=datetime(2027, 3, 30, 17, tzinfo=UTC),  # 19:00 CEST
            ends_at=datetime(2027, 3, 30, 20, tzinfo=UTC),
        )
    ]
    steps = [{"before_days": 7, "share_bp": 10_000}, {"before_hours": 24, "share_bp": 1}]
    terms = resolve(draft(refund={"steps": steps}), summer)

    assert terms.refund.steps[0].until == datetime(2027, 3, 23, 18, tzinfo=UTC)  # 19:00 CET
    assert terms.refund.steps[1].until == datetime(2027, 3, 29, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2027-03-01T18:00", datetime(2027, 3, 1, 17, tzinfo=UTC)),
        ("2027-03-01T18:00:00-05:00", datetime(2027, 3, 1, 23, tzinfo=UTC)),
        ("2027-03-01T18:00:00Z", datetime(2027, 3, 1, 18, tzinfo=UTC)),
        ({"before_days": 1}, FIRST - timedelta(days=1)),
        ({"before_minutes": 5, "of": "last_session"}, SESSIONS[2].starts_at - timedelta(minutes=5)),
        ({"before_hours": 0, "of": "end"}, SESSIONS[2].ends_at),
    ],
)
def test_times_are_typed_in_several_ways(typed: object, meant: datetime) -> None:
    terms = resolve(draft(transfer={"closes_at": typed}, sale_closes_at=typed), SESSIONS)

    assert terms.transfer.closes_at == meant
    assert terms.sale_closes_at == meant


def test_defaults_are_the_standard_ones() -> None:
    made = draft()
    del made["preset"]
    terms = resolve(made, SESSIONS)

    assert terms == resolve(draft(), SESSIONS)
    assert terms.sale_closes_at == FIRST + timedelta(days=14, hours=-1)
    assert terms.portions[0].settles_at == SESSIONS[0].ends_at + timedelta(hours=24)
    assert [part.weight_bp for part in terms.portions] == [3_333, 3_333, 3_334]


def test_a_relative_step_that_never_applies_is_dropped() -> None:
    terms = resolve(draft(preset="flexible"), SESSIONS[:1])

    assert [step.share_bp for step in terms.refund.steps] == [10_000]


def test_portions_may_be_drawn_by_hand() -> None:
    parts = [
        {"session_ids": ["s1", "s0"], "title": "The first two", "weight_bp": 6_000},
        {"session_ids": ["s2"], "weight_bp": 4_000},
    ]
    terms = resolve(draft(portions=parts), SESSIONS)

    assert [part.weight_bp for part in terms.portions] == [6_000, 4_000]
    assert terms.portions[0].session_ids == ("s0", "s1")
    assert terms.portions[1].title == "Night 2"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"preset": "lax"}, "preset"),
        ({"preset": ["standard"]}, "preset"),
        ({"cap": "many"}, "cap"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"refund": []}, "refund"),
        ({"refund": {"steps": [{"share_bp": 1}]}}, "refund.steps[0]"),
        ({"refund": {"steps": [7]}}, "refund.steps[0]"),
        ({"refund": {"steps": None}}, "refund.steps"),
        (
            {"refund": {"steps": [{"before_days": -1, "share_bp": 1}]}},
            "refund.steps[0].before_days",
        ),
        ({"refund": {"steps": [{"before_days": 1, "before_hours": 1}]}}, "refund.steps[0]"),
        ({"refund": {"steps": [{"before_days": 1, "of": "x"}]}}, "refund.steps[0].of"),
        ({"refund": {"steps": [{"before_days": 1, "of": []}]}}, "refund.steps[0].of"),
        ({"refund": {"steps": [{"until": "soon", "share_bp": 1}]}}, "refund.steps[0].until"),
        ({"refund": {"steps": [{"before_days": 1}]}}, "refund.steps[0].share_bp"),
        ({"transfer": {"opens_at": 5}}, "transfer.opens_at"),
        ({"transfer": {"opens_at": "2027-03-01"}}, "transfer.opens_at"),
        ({"transfer": {"opens_at": "9999-12-31T23:59:59-14:00"}}, "transfer.opens_at"),
        ({"entry": {"doors_minutes_before": 1.5}}, "entry.doors_minutes_before"),
        ({"portions": [{"session_ids": ["nope"]}]}, "portions[0].session_ids[0]"),
        (
            {"portions": [{"session_ids": ["s0"], "weight_bp": 1}, {"session_ids": ["s1"]}]},
            "portions[1].weight_bp",
        ),
        ({"settle_hours": -1}, "settle_hours"),
    ],
)
def test_a_fault_in_a_draft_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(TermsInvalid) as refused:
        resolve(draft(**changes), SESSIONS)

    assert refused.value.members["field"] == field


def test_a_season_without_sessions_has_no_terms() -> None:
    with pytest.raises(TermsInvalid):
        resolve(draft(), [])
    with pytest.raises(TermsInvalid):
        resolve(None, SESSIONS)


@given(st.lists(st.text(max_size=300), min_size=1, max_size=20))
def test_session_titles_from_anywhere_make_a_title_that_terms_take(titles: list[str]) -> None:
    sessions = [replace(one, title=t) for one, t in zip(season(20), titles, strict=False)]

    assert parse(to_document(resolve(draft(), sessions))).portions[0].title
