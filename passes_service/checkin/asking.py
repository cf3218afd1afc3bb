"""What a gate asks about one scan."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from passes_service.checkin.gates import GateRef


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a gate asks.

    Attributes:
        text: A door code (`EP1:...`), or the number of a pass as somebody typed it.
        nonce: Fresh and random for each scan; the same one repeats the same scan.
        public_keys: Raw gate keys whose codes are good now.
        step_keys: What the secrets of time-step codes are derived from.
    """

    organizer_id: UUID
    gate: GateRef
    session_id: UUID
    text: str
    nonce: str
    public_keys: Collection[bytes]
    now: datetime
    step_keys: Collection[bytes] = ()

    def fingerprint(self, kind: str, force_reason: str = "") -> bytes:
        """Return the digest of what is asked under the nonce: `enter` or `exit`, where and why."""
        asked = hashlib.sha256()
        for part in (kind, str(self.session_id), self.text, force_reason):
            asked.update(hashlib.sha256(part.encode("utf-8", "surrogatepass")).digest())
        return asked.digest()
