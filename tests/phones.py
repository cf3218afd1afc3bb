"""Phones of holders: a key each, bound to passes, and the live codes they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from passes_service.bootstrap import Services
from passes_service.core import device_key, qr_bound
from passes_service.db.models import PassDevice
from passes_service.passes import devices
from passes_service.passes.queries import Held


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Phone:
    """A browser with a key of its own."""

    label: str = "Android"
    key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key)

    @property
    def public_key(self) -> bytes:
        return qr_bound.device_key(self.key.public_key())

    @property
    def text(self) -> str:
        return device_key.to_text(self.public_key)

    def bind(self, services: Services, held: Held) -> PassDevice:
        """Bind this phone to a pass of its holder."""
        with services.database.transaction() as session:
            return devices.bind(
                session,
                organizer_id=held.row.organizer_id,
                holder_id=held.row.holder_id,
                pass_id=held.row.pass_id,
                public_key=self.public_key,
                label=self.label,
                now=services.clock(),
            )

    def code(self, held: Held, epoch: int, now: datetime) -> str:
        """Return what this phone shows at an instant for a pass in an epoch."""
        return qr_bound.sign_bound(
            pass_number=held.row.pass_id,
            epoch=epoch,
            organizer_id=held.row.organizer_id,
            now=now,
            key=self.key,
        )
