"""Money: integer minor units and a currency code; shares in basis points. Never a float."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from passes_service.core.errors import DomainError, Kind

BASIS_POINTS: Final = 10_000
"""One whole, in basis points."""

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO_DECIMALS = (
    "AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BWP BYN BZD CAD CDF "
    "CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT "
    "MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD SAR "
    "SBD SCR SEK SGD SHP SRD SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR "
    "ZMW"
)
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_TWO_DECIMALS.split(), 2)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | {"ETH": 18, "USDC": 6}
)
"""Decimals of each currency: ISO 4217 list one, and the two units the contract takes."""

_TYPED = re.compile(r"(?P<whole>[0-9]{1,80})(?:(?P<mark>[.,])(?P<part>[0-9]{1,40}))?")
_GROUP = 3  # digits in a group of thousands


class MoneyInvalid(DomainError):
    """An amount or a currency cannot be used as typed."""

    code = "money-invalid"
    title = "This amount cannot be used"
    kind = Kind.INVALID
    next_step = "Type the amount as plain digits with at most the decimals the currency has."


@dataclass(frozen=True, order=False)
class Money:
    """An amount of one currency, in its minor unit (cent, yen, wei); never negative."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if type(self.minor) is not int or self.minor < 0:
            raise MoneyInvalid("An amount is a whole number of minor units, not below zero.")

    def __str__(self) -> str:
        return format_money(self)


def exponent(currency: str) -> int:
    """Return how many decimals `currency` has.

    Raises:
        MoneyInvalid: The code is not one of `EXPONENTS` (upper case).
    """
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        raise MoneyInvalid(
            f"{currency!r} is not a currency this service knows.", field="currency"
        ) from None


def share(amount: int, bp: int) -> int:
    """Return floor(amount * bp / 10000) in the unit of `amount`; both are not below zero."""
    if amount < 0 or bp < 0:
        raise ValueError("amounts and shares are not below zero")
    return amount * bp // BASIS_POINTS


def format_money(money: Money) -> str:
    """Return the amount for people: "EUR 12.50", "JPY 1,200", "ETH 0.05", or "free of charge"."""
    return "free of charge" if money.minor == 0 else format_amount(money)


def format_amount(money: Money) -> str:
    """Return the amount in figures even when it is nothing: "EUR 0.00"."""
    places = exponent(money.currency)
    whole, part = divmod(money.minor, 10**places)
    decimals = f"{part:0{places}d}" if places else ""
    if places > _GROUP:  # nobody reads 18 decimals: drop zeros at the end, lose nothing
        decimals = decimals.rstrip("0")
    return f"{money.currency} {whole:,}{'.' if decimals else ''}{decimals}"


def parse_money(text: str, currency: str) -> Money:
    """Return the exact amount that a person typed, as "12.50", "12,50" or "12".

    Raises:
        MoneyInvalid: Unknown currency, not a plain number, more decimals than the currency has,
            or a comma before three digits, which may mean thousands.
    """
    places = exponent(currency)
    match = _TYPED.fullmatch(text.strip())
    if match is None:
        raise MoneyInvalid(f"{text[:40]!r} is not an amount: type digits, such as 12 or 12.50.")
    part = match["part"] or ""
    if match["mark"] == "," and len(part) == _GROUP:
        raise MoneyInvalid(
            f"{text.strip()!r} can be read in two ways: leave out thousands marks and "
            "write the decimals after a point."
        )
    if len(part) > places:
        raise MoneyInvalid(f"{currency} has {places} decimals, {text.strip()!r} has {len(part)}.")
    return Money(int(match["whole"] + part.ljust(places, "0")), currency)
