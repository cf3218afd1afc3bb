"""A reader of the plain words: knows English and the calendar, has never seen the document.

Each sentence must fit one of `SENTENCES`. A figure stands where a placeholder is; "..." takes words
without digits only, so no figure can hide in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from passes_service.core.money import Money, exponent, share
from passes_service.core.rules.phrases import MONTHS

Said = tuple[str, tuple[Any, ...]]
"""Which sentence it was, and its figures from left to right."""


class Unreadable(ValueError):
    """A sentence, or a figure in it, that makes no sense."""


MONEY: Final = r"[A-Z]{3,4} [\d,]+(?:\.\d+)?"
KINDS: Final = {
    "instant": r"\d{1,2} [A-Z][a-z]+ \d{4}, \d\d:\d\d(?::\d\d)? [A-Z][A-Z0-9+-]*",
    "share": rf"\d+(?:\.\d+)? %(?: \({MONEY} of {MONEY}\))?",
    "time": r"\d[\d,]* [a-z]+(?: \d+ [a-z]+)*",
    "count": r"\d[\d,]*",
    "money": MONEY,
    "hash": r"0x[0-9a-f]{64}",
    "zone": r"[A-Z][A-Za-z/_]*",
    "text": r".+?",
}
SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "Transfer": {
        "personal": "This pass is personal: ...",
        "may": "You can transfer this pass ...",
        "opens": "Transfers open on <instant>.",
        "closes": "Transfers close on <instant>; ... none ...",
        "unlimited": "There is no limit to the number of transfers.",
        "at most": "It can change hands at most <count> time...",
        "frozen": "From <time> before the doors of each part until that part ends, ... pause.",
        "frozen from doors": "From the doors of each part until that part ends, ... pause.",
        "fee": "Each transfer costs <money>.",
        "no fee": "A transfer is free of charge.",
    },
    "Refund": {
        "free": "This pass is free of charge, ...",
        "cooling": "Cooling-off: for <time> after buying, ... get back <share>. It ends ...",
        "no cooling": "There is no cooling-off time ...",
        "step": "Until <instant> you get back <share> if you give the pass up.",
        "next step": "Then, until <instant> you get back <share> if you give the pass up.",
        "limit": "But never more than the share of the parts whose doors have not opened yet ...",
        "last": "From <instant> on, giving the pass up pays nothing by time.",
        "no steps": "Changing your mind later pays nothing back.",
        "cancelled": "If a part is cancelled, <share> of its share of the price comes back; ...",
        "cancelled, all": "If a part is cancelled, <share> of its share of the price comes back "
        "(if every part is cancelled: <share>); ...",
        "moved": "If a part is moved, for <time> after that is published, ... at least <share> "
        "of that part's share of the price.",
        "no window": "If a part is moved, no extra time to give the pass up opens.",
        "no guarantee": "If a part is cancelled or moved, nothing comes back for it "
        "(guarantee <share>).",
        "rounding": "Amounts are rounded down to the smallest unit of the currency.",
        "attendance": "What you get back never depends on whether you came.",
    },
    "Entry": {
        "once_per_session": "The pass lets one person in once per session.",
        "per_day": "The pass lets one person in once per day (local time, <zone>).",
        "unlimited": "The pass lets one person in as often as they like during each session.",
        "re-entry": "You may leave and come back in ...",
        "no re-entry": "After leaving you cannot come back in.",
        "doors": "Doors open <count> minute... before a session starts and entry ends ...",
        "doors at start": "Doors open when a session starts and entry ends ...",
    },
    "What it gives": {
        "season": "Entry to <count> session... of “<text>” by <text>, in <count> part...:",
        "part": "Part <count>, “<text>”: <count> session..., <share> of the pass; "
        "doors <instant>, ends <instant>, settled <instant>.",
        "conveys": "<text>",
    },
    "What it does not give": {
        "nothing": "Nothing beyond what is listed above.",
        "excludes": "<text>",
    },
    "Quantity": {
        "cap": "At most <count> passes of this kind will ever exist.",
        "only": "Only <count> pass of this kind will ever exist.",
        "price": "One pass is <money>.",
        "no price": "One pass is free of charge.",
        "sale closes": "The sale closes on <instant> or earlier.",
    },
    "In all honesty": {
        "no guarantee": "There is no guarantee for cancelled parts: ...",
        "full, escrow": "A full guarantee ... the organizer is paid after the show.",
        "full, external": "A full guarantee ... no contract holds this money.",
        "guarantee, escrow": "A guarantee of <share> ... the organizer is paid after the show.",
        "guarantee, external": "A guarantee of <share> ... no contract holds this money.",
        "cooling": "While the sale is open and until the cooling-off time of <time> has ended "
        "for the last buyer, the organizer can draw nothing.",
        "to the payer": "Refunds are paid by the organizer ... to the payer, not to the holder.",
        "to the holder": "Refunds are paid by the contract to whoever holds the pass ...",
        "resale": "A cap on the resale price binds only in our own marketplace; ...",
        "disputed": "If the payment is disputed or charged back, the pass can be revoked: ...",
    },
    "About this document": {
        "document": "“<text>”, pass type “<text>”; rules document version <count>; "
        "times are in <zone>.",
        "amends": "It amends the terms with the hash <hash>; ...",
        "claimable": "You can turn this pass into a token on chain once, except from <time> "
        "before the doors of each part until it ends.",
        "on chain": "This pass is a token on chain; its price is kept in the contract.",
        "in the book": "This pass stays in our book and cannot become a token on chain.",
    },
}


def read(text: str) -> dict[str, list[Said]]:
    """Return what the words say, by section.

    Raises:
        Unreadable: A sentence fits none that is known, or a figure cannot be.
    """
    sections = {}
    for block in text.split("\n\n"):
        title, *lines = block.split("\n")
        sections[title] = lines
    if list(sections) != list(SENTENCES):
        raise Unreadable(f"sections {list(sections)}")
    zone = re.search(rf"; times are in ({KINDS['zone']})\.", text)
    if zone is None or not _is_zone(zone[1]):
        raise Unreadable("no time zone")
    readers = _readers(zone[1])
    return {
        title: [_read(line, SENTENCES[title], readers) for line in lines]
        for title, lines in sections.items()
    }


def _read(line: str, known: Mapping[str, str], readers: Mapping[str, Callable[[str], Any]]) -> Said:
    for name, sentence in known.items():
        match = _PATTERNS[sentence].fullmatch(line)
        if match:
            kinds = re.findall(r"<(\w+)>", sentence)
            figures = zip(kinds, match.groups(), strict=True)
            return name, tuple(readers[kind](figure) for kind, figure in figures)
    raise Unreadable(line)


def _compile() -> Iterator[tuple[str, re.Pattern[str]]]:
    for sentence in (one for known in SENTENCES.values() for one in known.values()):
        pattern = re.escape(sentence).replace(r"\.\.\.", r"\D*?")
        for kind, figure in KINDS.items():
            pattern = pattern.replace(f"<{kind}>", f"({figure})")
        yield sentence, re.compile(pattern)


_PATTERNS: Final = dict(_compile())


def _readers(zone: str) -> dict[str, Callable[[str], Any]]:
    return {
        "instant": lambda words: _instant(words, zone),
        "share": _share,
        "time": _seconds,
        "count": _count,
        "money": _money,
        "hash": str,
        "zone": str,
        "text": str,
    }


def _instant(words: str, zone: str) -> datetime:
    date, clock, name = re.fullmatch(r"(.*), ([\d:]+) (.*)", words).groups()  # type: ignore[union-attr]
    day, month, year = date.split()
    if month not in MONTHS:
        raise Unreadable(words)
    parts = (int(year), MONTHS.index(month) + 1, int(day), *map(int, clock.split(":")))
    for fold in (0, 1):  # the abbreviation tells the two 02:30 of an autumn night apart
        found = datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold)  # type: ignore[arg-type,misc]
        if found.tzname() in (name, name.removeprefix("UTC")):
            return found.astimezone(UTC)
    raise Unreadable(words)


def _share(words: str) -> tuple[int, Money | None]:
    """Return the share in basis points, and the price that an amount was said of."""
    figure, *amounts = re.findall(rf"{MONEY}|\d+(?:\.\d+)?", words)
    whole, _, part = figure.partition(".")
    bp = int(whole) * 100 + int(part.ljust(2, "0"))
    if not amounts:
        return bp, None
    part_of, price = (_money(amount) for amount in amounts)
    if part_of != Money(share(price.minor, bp), price.currency):
        raise Unreadable(words)
    return bp, price


def _seconds(words: str) -> int:
    units = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
    tokens = words.split()
    total = 0
    for count, unit in zip(tokens[::2], tokens[1::2], strict=True):
        if unit.removesuffix("s") not in units:
            raise Unreadable(words)
        total += _count(count) * units[unit.removesuffix("s")]
    return total


def _count(words: str) -> int:
    found = int(words.replace(",", ""))
    if words not in (f"{found}", f"{found:,}"):
        raise Unreadable(words)
    return found


def _money(words: str) -> Money:
    currency, figure = words.split()
    whole, _, part = figure.partition(".")
    return Money(
        _count(whole) * 10 ** exponent(currency) + int(part.ljust(exponent(currency), "0") or 0),
        currency,
    )


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
