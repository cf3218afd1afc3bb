"""Seconds on the wire are whole and rounded down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import instants


@given(st.datetimes(timezones=st.just(UTC)))
def test_second_begins_at_or_before_the_instant(moment: datetime) -> None:
    second = instants.from_seconds(instants.to_seconds(moment))

    assert timedelta() <= moment - second < timedelta(seconds=1)


def test_zone_does_not_matter_but_must_be_there() -> None:
    east = datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))

    assert instants.to_seconds(east) == 0
    with pytest.raises(ValueError, match="time zone"):
        instants.to_seconds(east.replace(tzinfo=None))
    with pytest.raises(OverflowError):
        instants.from_seconds(2**64)
