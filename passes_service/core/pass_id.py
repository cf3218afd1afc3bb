"""The one number of a pass, the same as voucher and as token (docs/door-codes.md).

    pass  = 0x01 << 96 | series << 32 | serial      series: 64 bits, serial: 32 bits, from 1
    badge = 0x02 << 96 | badge << 32                badge: 64 bits

All other bits are zero. In JSON and URLs the number is a decimal string, in a token's metadata
address 64 hexadecimal digits. `tests/vectors/pass_ids.json` fixes it for every other language.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from passes_service.core.errors import DomainError, Kind

PASS_KIND = 0x01
BADGE_KIND = 0x02
MAX_SERIES = 2**64 - 1
MAX_SERIAL = 2**32 - 1

_KIND_SHIFT = 96
_SERIES_SHIFT = 32
_MAX_ID = 2**256 - 1
# The longest badge number has 30 digits, so longer text never reaches int().
_DECIMAL = re.compile(r"[1-9][0-9]{0,31}")


class PassIdMalformed(DomainError):
    """The number is not one that a pass or a badge can have."""

    code, title, kind = "pass-id-malformed", "Not a pass number", Kind.INVALID
    next_step = "Send the pass number exactly as it was given to you, as a decimal string."


@dataclass(frozen=True, slots=True)
class PassNumber:
    """What a pass id is made of: the Series it belongs to and its number there."""

    series: int
    serial: int


def compose(series: int, serial: int) -> int:
    """Return the id of pass number `serial` of Series number `series`.

    Raises:
        PassIdMalformed: Series or serial is zero, negative or too large.
    """
    _require("series", series, MAX_SERIES)
    _require("serial", serial, MAX_SERIAL)
    return PASS_KIND << _KIND_SHIFT | series << _SERIES_SHIFT | serial


def badge_id(badge: int) -> int:
    """Return the token id of badge number `badge`.

    Raises:
        PassIdMalformed: The number is zero, negative or too large.
    """
    _require("badge", badge, MAX_SERIES)
    return BADGE_KIND << _KIND_SHIFT | badge << _SERIES_SHIFT


def split(pass_id: int) -> PassNumber:
    """Return the Series and the serial in `pass_id`; the inverse of `compose`.

    Raises:
        PassIdMalformed: The number is a badge, or not one that `compose` returns.
    """
    if pass_id >> _KIND_SHIFT != PASS_KIND:
        raise PassIdMalformed("This number does not belong to a pass.")
    series = pass_id >> _SERIES_SHIFT & MAX_SERIES
    serial = pass_id & MAX_SERIAL
    if series == 0 or serial == 0:
        raise PassIdMalformed("A pass number needs a Series and a serial.")
    return PassNumber(series, serial)


def parse_decimal(text: str) -> int:
    """Return the pass id written as `text`: ASCII digits only, no sign, space or leading zero.

    Raises:
        PassIdMalformed: The text is anything else, or the number is not a pass's.
    """
    if not isinstance(text, str) or _DECIMAL.fullmatch(text) is None:
        raise PassIdMalformed("A pass number is written in plain decimal digits.")
    pass_id = int(text)
    split(pass_id)
    return pass_id


def metadata_hex(token_id: int) -> str:
    """Return a pass or badge id as ERC-1155 puts it into a metadata address: 64 digits, lower-case.

    Raises:
        PassIdMalformed: The number does not fit 256 bits.
    """
    if not 0 <= token_id <= _MAX_ID:
        raise PassIdMalformed("A token id has at most 256 bits.")
    return f"{token_id:064x}"


def new_series_number(randbits: Callable[[int], int]) -> int:
    """Draw the number of a new Series (or badge) with `randbits`, normally `secrets.randbits`."""
    while (number := randbits(64)) == 0:
        pass
    return number


def _require(name: str, value: int, maximum: int) -> None:
    """Refuse a part of an id that is not an integer from 1 to `maximum`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= maximum:
        raise PassIdMalformed(f"The {name} number must be from 1 to {maximum}.", part=name)
