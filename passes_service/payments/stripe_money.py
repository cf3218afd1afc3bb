"""Amounts as Stripe counts them: mostly our minor units, with its published exceptions.

Source: Stripe's page "Supported currencies": zero-decimal currencies, three-decimal currencies
(last digit 0), and its special cases ISK and UGX, which have no decimals and are sent as if they
had two. Currencies whose unit Stripe does not publish are not sent at all; whether it takes a
currency for an account it says itself.
"""

from __future__ import annotations

from typing import Final

from passes_service.core.money import EXPONENTS, Money, exponent
from passes_service.payments.errors import CurrencyNotTaken

_NO_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_AS_IF_TWO = ("ISK", "UGX")
_THREE_DECIMALS = ("BHD", "JOD", "KWD", "OMR", "TND")

DECIMALS: Final = (
    {code: 2 for code, places in EXPONENTS.items() if places == 2}
    | dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_AS_IF_TWO, 2)
    | dict.fromkeys(_THREE_DECIMALS, 3)
)
"""Decimals of the amounts Stripe takes and gives, by currency; ours are `core.money.EXPONENTS`."""


def to_stripe(money: Money) -> tuple[int, str]:
    """Return (amount, currency) as Stripe wants them.

    Raises:
        CurrencyNotTaken: Stripe does not publish this currency, or takes no such fraction of it.
    """
    if money.currency not in DECIMALS:
        raise CurrencyNotTaken(f"{money.currency} cannot be paid with Stripe.")
    ours, theirs = exponent(money.currency), DECIMALS[money.currency]
    amount, rest = divmod(money.minor * 10**theirs, 10**ours)
    step = 10 if theirs == 3 else 100 if money.currency in _AS_IF_TWO else 1
    if rest or amount % step:
        raise CurrencyNotTaken(
            f"Stripe does not take {money}: it wants {money.currency} with fewer decimals."
        )
    return amount, money.currency.lower()


def from_stripe(amount: object, currency: object) -> Money | None:
    """Return an amount that Stripe names as ours; None if it is not one."""
    code = currency.upper() if isinstance(currency, str) else ""
    if type(amount) is not int or amount < 0 or code not in DECIMALS:
        return None
    minor, rest = divmod(amount * 10 ** exponent(code), 10 ** DECIMALS[code])
    return None if rest else Money(minor, code)
