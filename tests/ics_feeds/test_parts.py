"""A VEVENT in two steps is the VEVENT in one, and notes reach exactly one subscriber."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ics_feeds.lines import begin_fold, end_fold, fold
from ics_feeds.parts import finish, prepare, vevent
from ics_feeds.text import escape
from tests.ics_feeds.samples import entry

LATER = datetime(2027, 5, 5, 12, tzinfo=UTC)
TEXTS = st.text(alphabet=st.sampled_from("a \\\n,;é€😀\u0301\t"), max_size=250)


@given(TEXTS, TEXTS)
def test_a_line_folded_in_two_steps_is_the_line_folded_at_once(first: str, more: str) -> None:
    one, two = escape(first), escape(more)

    assert end_fold(begin_fold("DESCRIPTION:" + one), two) == fold("DESCRIPTION:" + one + two)


@given(TEXTS, TEXTS)
def test_a_note_goes_after_the_description_and_nowhere_else(words: str, note: str) -> None:
    shared = entry(description=words)
    mine = replace(shared, note=note, sequence=5, changed_at=LATER)
    part = prepare(shared)

    assert finish(part, sequence=5, changed_at=LATER, note=note, url=mine.url) == vevent(mine)
    assert prepare(mine) == part


def test_a_link_that_the_description_has_already_is_not_repeated() -> None:
    url = "https://example.org/7"
    body = vevent(entry(description=f"All about it: {url}", url=url))

    assert body.count(url.encode()) == 2  # DESCRIPTION and URL


def test_without_words_there_is_no_description() -> None:
    assert b"DESCRIPTION" not in vevent(entry(description="", url=None))
    assert b"DESCRIPTION:Seat 7\r\n" in vevent(entry(description="", url=None, note="Seat 7"))
