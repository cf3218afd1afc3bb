"""A full house for the bundle bench: many passes, each with a phone of its own."""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import update
from sqlmodel import col

from passes_service.core import pass_id
from passes_service.db import bulk
from passes_service.db.models import Pass, PassDevice, Series
from passes_service.db.models.base import new_id
from tests.bench.ground import BEFORE, Ground
from tests.season import PRICE

_CURVE = ec.SECP256R1()


def fill(at: Ground, count: int) -> list[UUID]:
    """Issue `count` passes and bind a device to each; return the ids of their rows."""
    series, holder = at.made.series, at.holders[0]
    ids = [new_id() for _ in range(count)]
    passes = [
        {
            "organizer_id": at.made.organizer_id,
            "id": row_id,
            "pass_id": pass_id.compose(series.series_no, serial),
            "series_id": series.id,
            "serial": serial,
            "holder_id": holder,
            "state": "active",
            "epoch": 2,
            "transfers": 0,
            "payer_id": holder,
            "paid_minor": PRICE.minor,
            "paid_back_minor": 0,
            "currency": PRICE.currency,
            "provider": "external",
            "bought_at": BEFORE,
            "created_at": BEFORE,
        }
        for serial, row_id in enumerate(ids, 1)
    ]
    devices = [
        {
            "organizer_id": at.made.organizer_id,
            "pass_row_id": row_id,
            "holder_id": holder,
            "public_key": _point(),
            "label": "",
            "epoch": 2,
            "created_at": BEFORE,
        }
        for row_id in ids
    ]
    with at.database.transaction() as session:
        session.execute(update(Series).where(col(Series.id) == series.id).values(issued=count))
        for model, rows in ((Pass, passes), (PassDevice, devices)):
            for some in bulk.slices(rows, 5_000):
                bulk.insert_rows(session, model, some)
    return ids


def _point() -> bytes:
    key = ec.generate_private_key(_CURVE).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
