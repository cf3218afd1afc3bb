"""Queue tokens: one spelling, signed, and for one place."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import queue_token, tokens

ORGANIZER, DROP, ENTRY = UUID(int=1), UUID(int=2), UUID(int=3)
KEY, OLD = b"k" * 32, b"o" * 32
TOKEN = queue_token.mint(ORGANIZER, DROP, ENTRY, key=KEY)


def test_a_token_says_whose_place_it_is() -> None:
    said = queue_token.verify(TOKEN, keys=[KEY])
    assert said == queue_token.QueueToken(ORGANIZER, DROP, ENTRY)


def test_its_spelling_is_fixed() -> None:
    assert (
        "EPQ1.AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAIAAAAAAAAAAAAAAAAAAAAD" + TOKEN[-43:]
    ) == TOKEN
    assert len(TOKEN) == 112


def test_an_older_key_counts_while_it_is_accepted() -> None:
    old = queue_token.mint(ORGANIZER, DROP, ENTRY, key=OLD)
    assert queue_token.verify(old, keys=[KEY, OLD]) is not None
    assert queue_token.verify(old, keys=[KEY]) is None
    assert queue_token.verify(old, keys=[]) is None


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_.=+/ é"))
def test_no_changed_character_passes(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    assert (queue_token.verify(changed, keys=[KEY]) is None) == (changed != TOKEN)


@pytest.mark.parametrize(
    "text",
    ["", "EPQ1.", TOKEN + "=", TOKEN + "A", TOKEN[:-1], " " + TOKEN, TOKEN[5:], TOKEN.lower()],
)
def test_no_other_spelling_passes(text: str) -> None:
    assert queue_token.verify(text, keys=[KEY]) is None


def test_a_key_is_derived_for_this_use_alone() -> None:
    link = tokens.derive(ORGANIZER, ENTRY, key=KEY, purpose="queue", prefix="EPQ1.")
    assert queue_token.verify(link, keys=[KEY]) is None


@given(st.text(max_size=130))
def test_nothing_that_is_sent_breaks_it(text: str) -> None:
    assert queue_token.verify(text, keys=[KEY]) is None
