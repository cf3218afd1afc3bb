"""How values read in templates: money, instants in a zone, spans of sessions, states in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment

from passes_service.core.money import Money, format_amount, format_money
from passes_service.core.rules.phrases import MONTHS, instant_words, share_words
from passes_service.db.models import CalendarSession
from passes_service.web.pages.navigation import home_of, nav
from passes_service.web.pages.subscribing import subscribing

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Said:
    """A state as people read it; `tone` only colours what the text says already."""

    text: str
    tone: str = ""


STATES = {
    "active": Said("Active", "ok"),
    "offered": Said("Offered", "warn"),
    "claiming": Said("Moving to the chain", "warn"),
    "on_chain": Said("Token on chain", "ok"),
    "refunded": Said("Given up"),
    "void": Said("Withdrawn", "bad"),
    "surrendered": Said("Given up"),
    "scheduled": Said("As planned", "ok"),
    "moved": Said("Moved", "warn"),
    "cancelled": Said("Cancelled", "bad"),
    "over": Said("Over"),
    "accepted": Said("Accepted", "ok"),
    "declined": Said("Declined"),
    "withdrawn": Said("Taken back"),
    "expired": Said("Expired"),
    "requested": Said("To be paid", "warn"),
    "settled": Said("Paid back", "ok"),
    "failed": Said("Failed", "bad"),
    "order-open": Said("To be paid", "warn"),
    "order-late": Said("Time over"),
    "order-seen": Said("Bought, not final yet", "ok"),
    "order-completed": Said("Bought", "ok"),
    "order-expired": Said("Not paid"),
    "order-cancelled": Said("Cancelled"),
    "order-stray": Said("Not signed in yet", "warn"),
    "gate-waiting": Said("Waits for its phone", "warn"),
    "gate-enrolled": Said("In use", "ok"),
    "gate-used": Said("In use, without keys", "ok"),
    "gate-revoked": Said("Revoked", "bad"),
    "claimable": Said("Claimable", "ok"),
    "prepared": Said("Not on chain yet", "warn"),
    "open": Said("On sale", "ok"),
    "closed": Said("Closed"),
    "sold-out": Said("Sold out", "warn"),
    "drop-scheduled": Said("Planned"),
    "drop-open": Said("On sale", "ok"),
    "drop-paused": Said("Paused", "warn"),
    "drop-sold_out": Said("Sold out", "warn"),
    "drop-closed": Said("Closed"),
    "drop-settled": Said("Over and settled"),
}


def state_words(state: str) -> Said:
    """Return a state in words; an unknown one as it is."""
    return STATES.get(state, Said(state.replace("_", " ")))


def money(minor: int, currency: str) -> str:
    """Return an amount, "free of charge" for nothing."""
    return format_money(Money(minor, currency))


def amount(minor: int, currency: str) -> str:
    """Return an amount in figures even when it is nothing."""
    return format_amount(Money(minor, currency))


def when(moment: datetime, zone: str) -> str:
    """Return "Fri 12 March 2027, 18:00 CET", to the minute that has begun."""
    minute = moment.replace(second=0, microsecond=0)
    local = minute.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {instant_words(minute, zone)}"


def second(moment: datetime, zone: str) -> str:
    """Return "18:00:07": for what changes while one looks."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def clock(moment: datetime, zone: str) -> str:
    """Return "Fri 18:00": enough where the date is said beside it."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{_DAYS[local.weekday()]} {local:%H:%M}"


def span(row: CalendarSession) -> str:
    """Return when a session takes place, on one line, in its own time zone."""
    here = ZoneInfo(row.time_zone)
    starts, ends = row.starts_at.astimezone(here), row.ends_at.astimezone(here)
    if row.all_day:
        last = ends - timedelta(days=1) if ends > starts else starts
        first = _day(starts)
        return f"{first}, all day" if last.date() <= starts.date() else f"{first} to {_day(last)}"
    if ends.date() == starts.date() or ends - starts < timedelta(hours=12):
        return f"{_day(starts)}, {starts:%H:%M} to {ends:%H:%M} {_zone(ends)}"
    return f"{_day(starts)}, {starts:%H:%M} to {_day(ends)}, {ends:%H:%M} {_zone(ends)}"


def _day(local: datetime) -> str:
    return f"{_DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year}"


def _zone(local: datetime) -> str:
    name = local.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


def local_input(moment: datetime, zone: str) -> str:
    """Return a wall-clock time as `<input type="datetime-local">` takes it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was, as roughly as it is known."""
    hours = int((now - moment) / timedelta(hours=1))
    if hours < 1:
        return "within the last hour"
    if hours < 48:
        return f"{hours} hour{'' if hours == 1 else 's'} ago"
    return f"{hours // 24} days ago"


_UNITS = ((7 * 24 * 60, "week"), (24 * 60, "day"), (60, "hour"))


def minutes_words(minutes: int) -> str:
    """Return a length of time in its largest whole unit."""
    size, unit = next(((s, u) for s, u in _UNITS if minutes % s == 0), (1, "minute"))
    count = minutes // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def group(number: int) -> str:
    """Return a number with thousands marked."""
    return f"{number:,}"


def install(environment: Environment) -> None:
    """Give every template these filters and the navigation."""
    filters: dict[str, Any] = {
        "money": money,
        "amount": amount,
        "when": when,
        "clock": clock,
        "second": second,
        "span": span,
        "local_input": local_input,
        "state_words": state_words,
        "share": share_words,
        "group": group,
        "ago": ago,
        "minutes_words": minutes_words,
    }
    environment.filters.update(filters)
    environment.globals.update(nav=nav, home_of=home_of, subscribing=subscribing)
