"""Which device shows the code of a pass."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from passes_service.db.models.base import Dated, Scoped, belongs_to


class PassDevice(Scoped, Dated, table=True):
    """A device key bound to a pass in one epoch, by its public half: 65 bytes, a point of P-256.

    It is the pass's device exactly while the pass is in that epoch, so whatever raises the epoch
    ends the binding without writing here.
    """

    __tablename__ = "pass_device"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        belongs_to("holder", "holder_id"),
        UniqueConstraint("organizer_id", "pass_row_id", "epoch"),
        CheckConstraint("length(public_key) = 65", name="public_key"),
    )

    pass_row_id: UUID
    holder_id: UUID
    public_key: bytes
    label: str = Field(default="", max_length=60)
    epoch: int
