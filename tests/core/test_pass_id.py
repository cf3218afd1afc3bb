"""A pass has one number, and nothing else is one."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import pass_id
from passes_service.core.pass_id import PassIdMalformed, PassNumber

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "pass_ids.json").read_text(encoding="utf-8")
)
series = st.integers(1, 2**64 - 1)
serials = st.integers(1, 2**32 - 1)


@pytest.mark.parametrize("case", VECTORS["passes"])
def test_published_passes(case: dict[str, str]) -> None:
    number = int(case["pass_id"])

    assert pass_id.compose(int(case["series"]), int(case["serial"])) == number
    assert pass_id.split(number) == PassNumber(int(case["series"]), int(case["serial"]))
    assert pass_id.parse_decimal(case["pass_id"]) == number
    assert pass_id.metadata_hex(number) == case["metadata_hex"]
    assert int(case["metadata_hex"], 16) == number
    assert len(case["metadata_hex"]) == 64


@pytest.mark.parametrize("case", VECTORS["badges"])
def test_published_badges(case: dict[str, str]) -> None:
    number = pass_id.badge_id(int(case["badge"]))

    assert str(number) == case["token_id"]
    assert pass_id.metadata_hex(number) == case["metadata_hex"]
    with pytest.raises(PassIdMalformed):
        pass_id.split(number)


@pytest.mark.parametrize("case", VECTORS["hostile_texts"], ids=lambda case: case["name"])
def test_hostile_texts_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.parse_decimal(case["text"])


@pytest.mark.parametrize("case", VECTORS["hostile_pairs"])
def test_parts_out_of_range_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.compose(int(case["series"]), int(case["serial"]))


@pytest.mark.parametrize("number", [-1, 0, 1, 2**256, 2**96, -(2**96) + 1])
def test_other_numbers_are_no_passes(number: int) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.split(number)


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_parts_of_other_types_are_refused(value: Any) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.compose(value, 1)
    with pytest.raises(PassIdMalformed):
        pass_id.badge_id(value)


@pytest.mark.parametrize("value", [None, 1, b"1", 1.5])
def test_only_text_is_parsed(value: Any) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.parse_decimal(value)


@pytest.mark.parametrize("number", [-1, 2**256])
def test_metadata_digits_hold_256_bits(number: int) -> None:
    with pytest.raises(PassIdMalformed):
        pass_id.metadata_hex(number)


@given(series, serials)
def test_composing_and_splitting_are_inverse(number: int, serial: int) -> None:
    composed = pass_id.compose(number, serial)

    assert pass_id.split(composed) == PassNumber(number, serial)
    assert pass_id.parse_decimal(str(composed)) == composed


@given(st.text())
def test_any_text_is_a_pass_or_refused(text: str) -> None:
    try:
        number = pass_id.parse_decimal(text)
    except PassIdMalformed:
        return
    assert str(number) == text


def test_a_series_number_is_never_zero() -> None:
    draws = chain([0, 0, 7], repeat(9))
    asked: list[int] = []
    randbits: Callable[[int], int] = lambda bits: asked.append(bits) or next(draws)  # type: ignore[func-returns-value]  # noqa: E731

    assert pass_id.new_series_number(randbits) == 7
    assert asked == [64, 64, 64]
