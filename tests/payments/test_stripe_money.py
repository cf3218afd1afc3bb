"""Amounts as Stripe counts them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core.money import EXPONENTS, Money
from passes_service.payments.errors import CurrencyNotTaken
from passes_service.payments.stripe_money import DECIMALS, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("minor", "currency", "sent"),
    [
        (1250, "EUR", 1250),
        (500, "JPY", 500),
        (5120, "KWD", 5120),  # 5.120 dinars: the last digit is 0
        (5, "ISK", 500),  # no decimals with us, two with Stripe for old times' sake
        (5, "UGX", 500),
        (1200, "MGA", 12),  # two decimals with ISO 4217, none with Stripe
        (1045, "HUF", 1045),  # whole forints only when paid out, not when charged
        (1045, "TWD", 1045),
    ],
)
def test_published_cases_go_and_come_back(minor: int, currency: str, sent: int) -> None:
    assert to_stripe(Money(minor, currency)) == (sent, currency.lower())
    assert from_stripe(sent, currency.lower()) == Money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency"), [(5124, "KWD"), (1250, "MGA"), (10**18, "ETH"), (1, "USDC"), (10, "IQD")]
)
def test_what_stripe_cannot_say_is_not_sent(minor: int, currency: str) -> None:
    with pytest.raises(CurrencyNotTaken):
        to_stripe(Money(minor, currency))


@given(st.integers(0, 10**30), st.sampled_from(sorted(EXPONENTS)))
def test_no_amount_changes_on_the_way(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    try:
        amount, code = to_stripe(money)
    except CurrencyNotTaken:
        assert currency not in DECIMALS or currency in {"MGA", "BHD", "JOD", "KWD", "OMR", "TND"}
    else:
        assert from_stripe(amount, code) == money


@pytest.mark.parametrize("amount", [-1, 1.5, "7", None, True])
def test_what_is_no_amount_is_no_money(amount: object) -> None:
    assert from_stripe(amount, "eur") is None


@pytest.mark.parametrize("currency", ["xxx", "", None, 7, "usdc", "eth"])
def test_what_is_no_currency_is_no_money(currency: object) -> None:
    assert from_stripe(100, currency) is None


def test_fractions_of_what_has_none_are_no_money() -> None:
    assert from_stripe(550, "isk") is None
