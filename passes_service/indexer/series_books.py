"""The books of Series on chain: counters that add up log by log, and what was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog import chain_changes, terms
from passes_service.catalog.chain_changes import Published
from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.db import bulk
from passes_service.db.models import ChainLog, ChainSeries, Series
from passes_service.indexer import entries as log
from passes_service.indexer.entries import Entry

_TRANSFERS: Final = ("TransferSingle", "TransferBatch")
_PUBLISHED: Final = ("SeriesCreated", "SaleClosesAt", "PortionCancelled", "PortionMoved")
_LATEST_SECOND: Final = 253_402_300_799
SeriesKey = tuple[str, int]


@dataclass
class Placed:
    """A Series of the book with its place on this chain."""

    series: Series
    place: ChainSeries

    @property
    def followed(self) -> bool:
        """Tell whether passes follow its tokens: not before it is there as it was agreed."""
        return self.series.funding == "external" or self.place.state == "open"


def load(
    session: Session, *, organizer_id: UUID, chain_id: int, numbers: Collection[int]
) -> dict[int, Placed]:
    """Return the Series with these numbers that have a place on this chain, held, by number."""
    found: dict[int, Placed] = {}
    for some in bulk.slices(sorted(numbers)):
        rows = session.exec(
            select(Series, ChainSeries)
            .join(
                ChainSeries,
                (col(ChainSeries.organizer_id) == col(Series.organizer_id))
                & (col(ChainSeries.series_id) == col(Series.id)),
            )
            .where(
                Series.organizer_id == organizer_id,
                col(Series.series_no).in_(some),
                ChainSeries.chain_id == chain_id,
            )
            .order_by(col(Series.id))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        found.update({series.series_no: Placed(series, place) for series, place in rows})
    return found


def count(placed: Mapping[int, Placed], entries: Sequence[Entry], *, sign: int) -> None:
    """Add what these entries mean to the counters, or with `sign` -1 take it back."""
    sums: dict[int, Counter[str]] = {}
    for entry in entries:
        found = placed.get(entry.series_no) if entry.series_no is not None else None
        if found is not None and entry.series_no is not None:
            sums.setdefault(entry.series_no, Counter()).update(_meaning(entry, found.series))
    for number, meant in sums.items():
        place = placed[number].place
        for name, amount in meant.items():
            setattr(place, name, max(0, getattr(place, name) + sign * amount))


def _meaning(entry: Entry, series: Series) -> dict[str, int]:
    args = entry.args
    if entry.name in _TRANSFERS and args["from"] == ZERO_ADDRESS:
        price = series.price_minor if series.funding == "escrow" else 0
        return {"minted": 1, "escrow_minor": price}
    if entry.name == "PassRefunded":
        return {
            "burned": 1, "escrow_minor": -args["amount"], "refunded_minor": args["amount"],
        }  # fmt: skip
    if entry.name == "PassSurrendered":
        return {"burned": 1}
    if entry.name == "PassDrawn":
        return {"escrow_minor": -args["amount"], "drawn_minor": args["amount"]}
    if entry.name == "Withdrawn":
        return {"escrow_minor": -args["amount"], "withdrawn_minor": args["amount"]}
    return {}


def publish(
    session: Session,
    *,
    chain_id: int,
    placed: Mapping[int, Placed],
    touched: Sequence[Entry],
    kept: Mapping[SeriesKey, dict[str, Any]],
    addresses: Mapping[UUID, str],
) -> list[str]:
    """Bring what was published about Series up to the log; return what does not fit, in words.

    Args:
        touched: Entries that came or went. The log holds what stands now.
        kept: What the contract keeps for Series that were created in these entries.
    """
    said: list[str] = []
    numbers = {
        each.series_no for each in touched if each.name in _PUBLISHED and each.series_no in placed
    }
    for number in sorted(number for number in numbers if number is not None):
        found = placed[number]
        rows = session.execute(
            log.stored(
                col(ChainLog.organizer_id) == found.series.organizer_id,
                col(ChainLog.series_no) == number,
                col(ChainLog.chain_id) == chain_id,
                col(ChainLog.name).in_(_PUBLISHED),
            )
        )
        standing = log.of_rows(rows)
        created = next((each for each in standing if each.name == "SeriesCreated"), None)
        agreed = kept.get((addresses[found.series.organizer_id], number))
        if created is None:
            found.place.state = "prepared"
        elif found.place.state == "prepared":
            wrong = _mismatch(session, found, agreed)
            found.place.state = "prepared" if wrong else "open"
            said += [wrong] if wrong else []
        _say(session, found, standing)
    return said


def _mismatch(session: Session, found: Placed, agreed: dict[str, Any] | None) -> str:
    series = found.series
    if agreed is None:
        return ""
    document = terms.get(session, organizer_id=series.organizer_id, terms_hash=series.terms_hash)
    escrow = series.funding == "escrow"
    wanted: dict[str, Any] = {
        "termsHash": series.terms_hash,
        "escrow": escrow,
        "cap": document.cap,
        "price": series.price_minor if escrow else 0,
        "currency": found.place.currency_address if escrow else ZERO_ADDRESS,
        "ticketed": found.place.ticketed,
    }
    wrong = [name for name, value in wanted.items() if agreed[name] != value]
    if not wrong:
        return ""
    return (
        f"“{series.title}” was created on chain with another {', '.join(wrong)} than here; its "
        "tokens are not followed."
    )


def _say(session: Session, found: Placed, standing: Sequence[Entry]) -> None:
    """Write what is published: the sale's end for all, Portions for those the contract decides."""
    document = terms.get(
        session,
        organizer_id=found.series.organizer_id,
        terms_hash=found.series.terms_hash,
    )
    closes, closed = document.sale_closes_at, None
    changes: list[Published] = []
    for each in standing:
        if each.name == "SaleClosesAt":
            closes = _instant(each.args["closesAt"])
            closed = closes if closes <= each.block_time else closed
        elif each.name == "PortionCancelled":
            changes.append(Published(each.args["index"], "cancelled", each.block_time))
        elif each.name == "PortionMoved":
            changes.append(_moved(each))
    found.place.sale_closes_at = closes
    session.add(found.place)
    session.flush()
    if found.series.funding == "escrow":
        chain_changes.replace(session, found.series, changes=changes, closed_at=closed)


def _moved(entry: Entry) -> Published:
    return Published(
        entry.args["index"],
        "moved",
        entry.block_time,
        _instant(entry.args["doorsAt"]),
        _instant(entry.args["endsAt"]),
        _instant(entry.args["windowClosesAt"]),
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LATEST_SECOND), UTC)
