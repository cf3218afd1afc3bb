"""The addresses that subscribe a calendar app to a feed with one press."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Subscribing:
    """One feed's address in the forms that different apps open."""

    https: str
    webcal: str
    google: str
    outlook: str
    office: str


def subscribing(address: str, name: str) -> Subscribing:
    """Return how to subscribe to the feed at `address`, to be shown under `name`.

    All but `https` and `webcal` hand the address to the company named: say so beside them.
    """
    webcal = f"webcal://{address.partition('://')[2]}"
    typed = urlencode({"url": address, "name": name}, quote_via=quote)
    return Subscribing(
        https=address,
        webcal=webcal,
        google=f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        outlook=f"https://outlook.live.com/calendar/0/addfromweb?{typed}",
        office=f"https://outlook.office.com/calendar/0/addfromweb?{typed}",
    )
