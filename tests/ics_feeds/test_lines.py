"""Folding breaks neither characters nor escape sequences, wherever it falls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ics_feeds.lines import LIMIT, fold
from ics_feeds.text import escape


def check(line: str) -> None:
    folded = fold(line)
    assert folded.endswith(b"\r\n")
    physical = folded.removesuffix(b"\r\n").split(b"\r\n")
    for number, raw in enumerate(physical):
        assert len(raw) <= LIMIT
        raw.decode()
        assert raw[:1] == b" " or number == 0
        assert len(raw) > 1 or len(physical) == 1
        run = len(raw) - len(raw.rstrip(b"\\"))
        assert run % 2 == 0 or number == len(physical) - 1
    assert folded.replace(b"\r\n ", b"").decode() == line + "\r\n"


SAMPLES = ["\\", "\n", ",;", "é", "€", "👩‍👩‍👧", "a\\", " ", "\t", "x "]


@pytest.mark.parametrize("sample", SAMPLES, ids=ascii)
def test_a_fold_at_any_offset_leaves_the_text_whole(sample: str) -> None:
    for shift in range(90):
        check("SUMMARY:" + escape("x" * shift + sample * 80))


@given(st.text(alphabet=st.sampled_from("a \\\n,;é€😀\u0301\t"), max_size=400))
def test_any_mixture_folds_cleanly(text: str) -> None:
    check("DESCRIPTION:" + escape(text))


def test_a_line_of_exactly_75_octets_is_not_folded() -> None:
    assert fold("x" * 75) == b"x" * 75 + b"\r\n"
    assert fold("x" * 76) == b"x" * 75 + b"\r\n x\r\n"


def test_readers_that_trim_lose_no_space_between_words() -> None:
    for shift in range(80):
        line = "X" * shift + " word" * 40
        pieces = fold(line).decode().split("\r\n")
        trimmed = pieces[0].rstrip() + "".join(piece[1:].strip() for piece in pieces[1:])
        assert trimmed == line
