"""Money is counted in minor units, shown and read exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.money import (
    EXPONENTS,
    Money,
    MoneyInvalid,
    format_amount,
    format_money,
    parse_money,
    share,
)

amounts = st.integers(0, 2**256 - 1)
currencies = st.sampled_from(sorted(EXPONENTS))


@given(amounts, st.integers(0, 10_000))
def test_a_share_rounds_down_and_never_exceeds_the_whole(amount: int, bp: int) -> None:
    part = share(amount, bp)

    assert part * 10_000 <= amount * bp < (part + 1) * 10_000
    assert part + share(amount, 10_000 - bp) <= amount


def test_there_is_no_share_below_zero() -> None:
    with pytest.raises(ValueError, match="below zero"):
        share(-1, 1)


@given(amounts, currencies)
def test_what_is_shown_is_read_back(minor: int, currency: str) -> None:
    shown = format_amount(Money(minor, currency))

    assert parse_money(shown.removeprefix(f"{currency} ").replace(",", ""), currency).minor == minor


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (1_250, "EUR", "EUR 12.50"),
        (5, "EUR", "EUR 0.05"),
        (123_456_789, "USD", "USD 1,234,567.89"),
        (1_200, "JPY", "JPY 1,200"),
        (1_500, "KWD", "KWD 1.500"),
        (5 * 10**16, "ETH", "ETH 0.05"),
        (10**18, "ETH", "ETH 1"),
        (1, "ETH", "ETH 0.000000000000000001"),
        (2_500_000, "USDC", "USDC 2.5"),
        (0, "EUR", "free of charge"),
    ],
)
def test_people_read_amounts(minor: int, currency: str, words: str) -> None:
    assert format_money(Money(minor, currency)) == words
    assert str(Money(minor, currency)) == words


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1_250),
        ("12,50", "EUR", 1_250),
        (" 12.5 ", "EUR", 1_250),
        ("12", "EUR", 1_200),
        ("007", "JPY", 7),
        ("1.234", "BHD", 1_234),
        ("0.000000000000000001", "ETH", 1),
    ],
)
def test_typed_amounts_are_exact(text: str, currency: str, minor: int) -> None:
    assert parse_money(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.505", "EUR"),
        ("1,200", "JPY"),
        ("1,200", "EUR"),
        ("1,234", "BHD"),
        ("1.5", "JPY"),
        ("-1", "EUR"),
        ("", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("1e3", "EUR"),
        ("1 200", "EUR"),
        ("١٢", "EUR"),
        ("EUR 12", "EUR"),
        ("12", "eur"),
        ("12", "XXX"),
    ],
)
def test_what_could_be_misread_is_refused(text: str, currency: str) -> None:
    with pytest.raises(MoneyInvalid):
        parse_money(text, currency)


@pytest.mark.parametrize("minor", [-1, 1.0, "1", True])
def test_money_is_whole_and_not_negative(minor: object) -> None:
    with pytest.raises(MoneyInvalid):
        Money(minor, "EUR")  # type: ignore[arg-type]
