"""The page about the library runs."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "ics_feeds.md"


def test_the_examples_of_the_page_are_true() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 5) == (0, True)
