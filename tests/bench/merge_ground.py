"""Two gates that were alone for an evening: their logs, as they are uploaded."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from sqlalchemy import delete, update
from sqlmodel import col
from starlette.testclient import TestClient

from passes_service.checkin import gates
from passes_service.core import pass_id, qr, qr_bound
from passes_service.db import bulk
from passes_service.db.models import Pass, PassDevice, PassEvent
from passes_service.db.models.base import new_id
from passes_service.web.app import create_app
from tests.bench import bundle_ground
from tests.bench.ground import BEFORE, Ground
from tests.checkin.evening import Evening
from tests.checkin.offline.lone_gate import LoneGate, Sent, lone_gate
from tests.vectors.common import device

BATCH = 200
TWICE = 50
"""Passes that were let in at both gates."""
_GOOD_UNTIL = timedelta(days=60)
# Live codes are good for 45 s: the scans lie within the ten seconds after they were made.
_BETWEEN = timedelta(milliseconds=5)


@dataclass(frozen=True)
class Logs:
    """The logs of two gates, and how many scans are in them."""

    gates: tuple[LoneGate, LoneGate]
    scans: int

    def batches(self) -> list[tuple[str, list[Sent]]]:
        """Return (token, entries) of each upload, gate after gate."""
        return [
            (gate.token, gate.log[start : start + BATCH])
            for gate in self.gates
            for start in range(0, len(gate.log), BATCH)
        ]


def logs(at: Ground, scans: int) -> Logs:
    """Let two gates scan, half of it static and half live codes."""
    count = scans - TWICE
    _bind_half(at, bundle_ground.fill(at, count))
    codes = [_code(at, serial) for serial in range(1, count + 1)]
    east, west = _gates(at)
    for turn in range(scans):
        serial = turn % count + 1
        gate = west if (serial % 2 == 0) is (turn < count) else east
        number = pass_id.compose(at.made.series.series_no, serial)
        moment = at.doors_open + turn * _BETWEEN
        gate.enter(codes[serial - 1], number, epoch=_epoch(serial), at=moment)
    return Logs((east, west), scans)


def _epoch(serial: int) -> int:
    """Every other pair of passes has a phone, so that both gates see both kinds."""
    return 2 if serial // 2 % 2 else 1


def _bind_half(at: Ground, ids: list[UUID]) -> None:
    """Give passes of epoch 2 phones whose keys are known, and the history that binding writes."""
    with at.database.transaction() as session:
        session.execute(delete(PassDevice))
        session.execute(update(Pass).values(epoch=1))
        bound = [(serial, row_id) for serial, row_id in enumerate(ids, 1) if _epoch(serial) == 2]
        mine = {"organizer_id": at.made.organizer_id, "created_at": BEFORE}
        devices = [
            mine
            | {
                "pass_row_id": row_id,
                "holder_id": at.holders[0],
                "public_key": qr_bound.device_key(_phone(serial).public_key()),
                "label": "",
                "epoch": 2,
            }
            for serial, row_id in bound
        ]
        told = {"sentence": "", "actor": "bench"}
        events = [
            mine | told | {"id": new_id(), "pass_row_id": row_id, "kind": kind, "epoch": epoch}
            for _, row_id in bound
            for epoch, kind in ((1, "issued"), (2, "device"))
        ]
        bulk.insert_rows(session, PassDevice, devices)
        bulk.insert_rows(session, PassEvent, events)
        for some in bulk.slices([row_id for _, row_id in bound]):
            session.execute(update(Pass).where(col(Pass.id).in_(some)).values(epoch=2))


def _phone(serial: int) -> EllipticCurvePrivateKey:
    return device(f"bench phone {serial}")


def _code(at: Ground, serial: int) -> str:
    number = pass_id.compose(at.made.series.series_no, serial)
    if _epoch(serial) == 2:
        return qr_bound.sign_bound(
            pass_number=number,
            epoch=2,
            organizer_id=at.made.organizer_id,
            now=at.doors_open,
            key=_phone(serial),
        )
    return qr.sign_static(
        pass_number=number,
        epoch=1,
        organizer_id=at.made.organizer_id,
        issued_at=BEFORE,
        expires_at=BEFORE + _GOOD_UNTIL,
        key=at.services.keyring.gate.private_key,
    )


def _gates(at: Ground) -> tuple[LoneGate, LoneGate]:
    with at.database.transaction() as session:
        main = gates.enrol(
            session,
            organizer_id=at.made.organizer_id,
            name="North",
            session_ids=[],
            random=secrets.token_bytes(32),
            now=BEFORE,
        )
    night = Evening(at.services, at.made, main)
    client = TestClient(create_app(at.services))
    return lone_gate(client, night, "East"), lone_gate(client, night, "West")
