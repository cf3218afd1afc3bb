"""Text is cleaned of what breaks readers and otherwise left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ics_feeds.text import clean, escape

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # lone surrogates, too


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("nul\x00 bell\x07 del\x7f c1\x9b", "nul bell del c1"),
        ("tab\tstays", "tab\tstays"),
        ("pair \ud83d\ude00, lone \ud83d, low \ude00", "pair 😀, lone \ufffd, low \ufffd"),
        ("שלום 👩‍👩‍👧 e\u0301 \u202eright\u202c", "שלום 👩‍👩‍👧 e\u0301 \u202eright\u202c"),
        ("C:\\New;a,b", "C:\\New;a,b"),
    ],
)
def test_cleaning(given_text: str, cleaned: str) -> None:
    assert clean(given_text) == cleaned


@given(ANY_TEXT)
def test_cleaned_text_is_encodable_stays_clean_and_is_one_line_for_everyone(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert clean(cleaned) == cleaned
    assert len(escape(cleaned).splitlines()) <= 1


def test_a_backslash_before_n_is_not_a_line_break() -> None:
    assert escape("C:\\New\\n") == "C:\\\\New\\\\n"
    assert escape("two\nlines") == "two\\nlines"
