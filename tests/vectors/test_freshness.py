"""The vector files are what the code makes, and every machine makes the same bytes."""

from __future__ import annotations

import pytest

from tests.vectors import build


@pytest.mark.parametrize("name", build.FILES)
def test_vector_file_is_up_to_date(name: str) -> None:
    assert (build.HERE / name).read_text(encoding="utf-8") == build.rendered(name)
