"""Base45 as RFC 9285 has it, one spelling per value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import base45
from passes_service.core.base45 import Base45Error

RFC_EXAMPLES = {
    b"AB": "BB8",
    b"Hello!!": "%69 VD92EX0",
    b"base-45": "UJCLQE7W581",
    b"ietf!": "QED8WEX0",
}


@pytest.mark.parametrize(("data", "text"), RFC_EXAMPLES.items())
def test_examples_of_the_rfc(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@pytest.mark.parametrize("text", ["A", "BB8A", "GGW", ":::", "BB8::", "U5", "bb8", "B,8", "é00"])
def test_what_is_not_base45_is_refused(text: str) -> None:
    if text == "U5":  # 30 + 5 * 45 = 255, the largest single byte
        assert base45.decode(text) == b"\xff"
        return
    with pytest.raises(Base45Error):
        base45.decode(text)


@given(st.binary(max_size=300))
def test_bytes_survive(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(alphabet=base45.ALPHABET, max_size=30))
def test_no_value_has_two_spellings(text: str) -> None:
    try:
        data = base45.decode(text)
    except Base45Error:
        return
    assert base45.encode(data) == text
