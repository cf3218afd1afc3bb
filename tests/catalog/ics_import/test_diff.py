"""A re-import says what it would change before it changes anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from passes_service.catalog.ics_import import Import, Occurrence, Skipped
from passes_service.catalog.ics_import.diff import GONE, Changes, Known, diff, fingerprint

START = datetime(2026, 5, 8, 18, tzinfo=UTC)
ENTRY = Occurrence(
    uid="a",
    recurrence_id="20260508T180000Z",
    title="Kiln night",
    description="",
    location="Halle 4",
    url="",
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    time_zone="Europe/Berlin",
    all_day=False,
    cancelled=False,
    sequence=3,
    last_modified=None,
    categories=(),
    geo=None,
)


def known(entry: Occurrence = ENTRY, **changes: object) -> Known:
    made = Known(
        uid=entry.uid,
        recurrence_id=entry.recurrence_id,
        title=entry.title,
        description=entry.description,
        location=entry.location,
        url=None,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        time_zone=entry.time_zone,
        all_day=entry.all_day,
        cancelled=entry.cancelled,
        imported=fingerprint(entry),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def file(*entries: Occurrence, skipped: tuple[Skipped, ...] = (), **more: object) -> Import:
    made = Import(
        occurrences=entries,
        skipped=skipped,
        name="",
        zone=None,
        horizon_start=datetime(2026, 1, 1, tzinfo=UTC),
        horizon_end=datetime(2027, 1, 1, tzinfo=UTC),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def only(changes: Changes, place: str) -> None:
    """Assert that `place` is the only part of the changes with something in it."""
    parts = ("created", "changed", "unchanged", "cancelled", "skipped")
    assert [name for name in parts if getattr(changes, name)] == [place]


def test_new_entry_is_created() -> None:
    changes = diff([], file(ENTRY))
    only(changes, "created")
    assert changes.created == (ENTRY,)


def test_same_file_again_changes_nothing() -> None:
    only(diff([known()], file(ENTRY)), "unchanged")


def test_local_edit_survives_while_the_file_stays_the_same() -> None:
    edited = known(title="Kiln night, sold out", starts_at=START + timedelta(hours=1))
    only(diff([edited], file(ENTRY)), "unchanged")


def test_changed_entry_wins_over_local_edits_and_says_what_changes() -> None:
    edited = known(title="Kiln night, sold out")
    moved = replace(ENTRY, starts_at=START + timedelta(days=1), sequence=4)

    changes = diff([edited], file(moved))

    only(changes, "changed")
    assert changes.changed[0].fields == ("title", "starts_at")
    assert changes.changed[0].found == moved


def test_lower_sequence_is_an_older_file() -> None:
    changes = diff([known()], file(replace(ENTRY, title="Old", sequence=2)))
    only(changes, "skipped")
    assert changes.skipped[0].reason_code == "older-version"


def test_entry_cancelled_in_the_file_cancels_once() -> None:
    cancelled = replace(ENTRY, cancelled=True, sequence=4)

    changes = diff([known()], file(cancelled))

    only(changes, "cancelled")
    assert changes.cancelled[0].found == cancelled
    again = known(cancelled=True, imported=fingerprint(cancelled))
    only(diff([again], file(cancelled)), "unchanged")


def test_entry_gone_from_the_file_cancels_only_within_the_horizon() -> None:
    before = known(uid="b", starts_at=datetime(2025, 12, 31, tzinfo=UTC))
    after = known(uid="c", starts_at=datetime(2027, 1, 1, tzinfo=UTC))

    changes = diff([known(), before, after], file())

    assert [one.known.uid for one in changes.cancelled] == ["a"]
    assert changes.cancelled[0].found is None
    assert [one.uid for one in changes.unchanged] == ["b", "c"]


def test_entry_that_comes_back_is_reinstated() -> None:
    changes = diff([known(cancelled=True, imported=GONE)], file(ENTRY))
    only(changes, "changed")
    assert changes.changed[0].fields == ("cancelled",)


def test_session_cancelled_here_stays_cancelled() -> None:
    here = known(cancelled=True)
    only(diff([here], file(ENTRY)), "unchanged")

    changes = diff([here], file(replace(ENTRY, title="Kiln night!")))

    only(changes, "skipped")
    assert changes.skipped[0].reason_code == "cancelled-here"


def test_unreadable_entry_leaves_its_session_alone() -> None:
    unreadable = Skipped("bad-rule", "Its recurrence rule is unreadable.", "a", 7)

    changes = diff([known()], file(skipped=(unreadable,)))

    assert not changes.cancelled
    assert [skip.reason_code for skip in changes.skipped] == ["bad-rule", "left-alone"]


def test_unreadable_override_leaves_only_its_own_slot_alone() -> None:
    unreadable = Skipped("bad-time", "No date.", "a", 7, "20260508T180000Z")
    other = known(recurrence_id="20260515T180000Z")

    changes = diff([known(), other], file(skipped=(unreadable,)))

    assert [one.known for one in changes.cancelled] == [other]


def test_session_moved_beyond_the_horizon_is_moved_not_cancelled() -> None:
    far = replace(ENTRY, starts_at=datetime(2027, 3, 1, tzinfo=UTC), ends_at=START)
    beyond = Skipped("outside-horizon", "It has no session within the stated dates.", "a", 3)

    changes = diff([known()], file(skipped=(beyond,), outside=(far,)))

    assert changes.changed[0].fields == ("starts_at", "ends_at")
    assert not changes.cancelled
    assert not diff([], file(outside=(far,))).created


def test_cancelled_entry_that_was_never_known_creates_nothing() -> None:
    changes = diff([], file(replace(ENTRY, cancelled=True)))
    only(changes, "skipped")
    assert changes.skipped[0].reason_code == "cancelled-in-file"


def test_fingerprint_fits_its_column_and_tells_field_borders_apart() -> None:
    assert len(fingerprint(replace(ENTRY, sequence=2**31 - 1))) <= 64
    one = replace(ENTRY, title="ab", description="c")
    other = replace(ENTRY, title="a", description="bc")
    assert fingerprint(one) != fingerprint(other)
