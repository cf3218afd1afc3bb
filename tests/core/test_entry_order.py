"""Entries of many gates: one order, whatever arrived first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.entry_order import Passage, Place, order, play
from passes_service.core.rules.terms import EntryMode

START = datetime(2027, 3, 5, 19, tzinfo=UTC)
EAST, WEST = UUID(int=1), UUID(int=2)


def passage(
    key: int, minute: int, gate: UUID = EAST, *, leaving: bool = False, forced: bool = False
) -> Passage:
    return Passage(
        at=START + timedelta(minutes=minute),
        gate=gate,
        sequence=key,
        key=UUID(int=100 + key),
        leaving=leaving,
        forced=forced,
    )


PASSAGES = st.lists(
    st.builds(
        passage,
        st.integers(0, 40),
        st.integers(0, 6),
        st.sampled_from((EAST, WEST)),
        leaving=st.booleans(),
        forced=st.sampled_from((False, False, False, True)),
    ),
    unique_by=lambda one: one.key,
    max_size=12,
)
MODES = st.sampled_from(("once_per_session", "per_day", "unlimited"))


def test_the_earlier_entry_stands_and_the_later_one_names_it() -> None:
    late, early = passage(1, 5), passage(2, 3, WEST)

    places = play([late, early], mode="once_per_session", reentry=False)

    assert places[early.key] == Place(1)
    assert places[late.key] == Place(1, early.key)


def test_at_the_same_moment_the_lower_gate_then_the_lower_sequence_stands() -> None:
    one, two, other = passage(3, 5), passage(4, 5), passage(1, 5, WEST)

    places = play([other, two, one], mode="once_per_session", reentry=False)

    assert [places[x.key].conflict_of for x in (one, two, other)] == [None, one.key, one.key]


def test_coming_back_needs_an_exit_and_the_right_to() -> None:
    first, out, again = passage(1, 1), passage(2, 2, leaving=True), passage(3, 3, WEST)

    allowed = play([first, out, again], mode="once_per_session", reentry=True)
    forbidden = play([first, out, again], mode="once_per_session", reentry=False)

    assert allowed[again.key] == Place(2)
    assert allowed[first.key].exited_at == out.at
    assert forbidden[again.key].conflict_of == first.key


def test_an_exit_that_arrives_late_turns_a_conflict_into_a_re_entry() -> None:
    first, again, out = passage(1, 1), passage(3, 3, WEST), passage(2, 2, leaving=True)

    before = play([first, again], mode="once_per_session", reentry=True)
    after = play([first, again, out], mode="once_per_session", reentry=True)

    assert before[again.key].conflict_of == first.key
    assert after[again.key] == Place(2)


def test_an_exit_ends_the_entry_of_another_day_only_at_the_same_session() -> None:
    late = replace(passage(1, 1), scope="day:5", session=EAST)
    other = replace(passage(2, 2), scope="day:5", session=WEST)
    out = replace(passage(3, 3, leaving=True), scope="day:6", session=EAST)

    places = play([late, out], mode="per_day", reentry=True)
    elsewhere = play([other, out], mode="per_day", reentry=True)

    assert places[late.key].exited_at == out.at
    assert elsewhere[other.key].exited_at is None


def test_what_the_host_forced_always_counts() -> None:
    first, forced = passage(1, 1), passage(2, 2, WEST, forced=True)

    places = play([first, forced], mode="once_per_session", reentry=False)

    assert places[forced.key] == Place(2)


@given(PASSAGES, st.randoms(use_true_random=False), MODES, st.booleans())
def test_the_order_of_arrival_changes_nothing(
    passages: list[Passage], random: object, mode: EntryMode, reentry: bool
) -> None:
    shuffled = list(passages)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random

    assert play(passages, mode=mode, reentry=reentry) == play(shuffled, mode=mode, reentry=reentry)


@given(PASSAGES, MODES, st.booleans())
def test_every_entry_has_a_place_and_numbers_that_count_have_no_gap_and_no_double(
    passages: list[Passage], mode: EntryMode, reentry: bool
) -> None:
    places = play(passages, mode=mode, reentry=reentry)
    entries = [one for one in sorted(passages, key=order) if not one.leaving]

    assert set(places) == {one.key for one in entries}
    counting = [places[one.key] for one in entries if places[one.key].conflict_of is None]
    assert [one.number for one in counting] == list(range(1, len(counting) + 1))
    for place in places.values():
        if place.conflict_of is not None:
            assert places[place.conflict_of].conflict_of is None  # what stands, counts
            assert places[place.conflict_of].number == place.number


@given(PASSAGES)
def test_entering_once_without_coming_back_lets_one_in_unless_the_host_forces(
    passages: list[Passage],
) -> None:
    places = play(passages, mode="once_per_session", reentry=False)

    forced = {one.key for one in passages if one.forced}
    counting = [key for key, one in places.items() if one.conflict_of is None]
    assert len([key for key in counting if key not in forced]) <= 1
