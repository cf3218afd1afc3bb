"""The receipt of docs/receipts.md, signed with a public test key."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from passes_service.core.receipt import Decided
from tests.vectors.common import ORGANIZER, SERIES, gate

KEY = gate("gate")
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
DECIDED = Decided(
    organizer_id=ORGANIZER,
    session_id=UUID("01940000-0000-7000-8000-000000000501"),
    gate_id=UUID("01940000-0000-7000-8000-000000000601"),
    scan_id=UUID("01940000-0000-7000-8000-000000000701"),
    nonce="q3J9vUw2xNfL0aKZ",
    pass_id=0x01 << 96 | SERIES << 32 | 137,
    epoch=3,
    code="ADMIT",
    rule="entry",
    terms_hash="0x" + "5e" * 32,
    decided_at=datetime(2027, 1, 15, 19, 52, 7, 250_000, tzinfo=UTC),
    via="online",
    bundle=None,
    check_in_id=UUID("01940000-0000-7000-8000-000000000801"),
    number=1,
)
