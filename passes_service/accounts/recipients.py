"""To whom a pass is offered: an e-mail address or a wallet, in one spelling each."""

from __future__ import annotations

from passes_service.accounts import fields
from passes_service.core import ethereum


def recipient_of(typed: str) -> str:
    """Return a lower-case e-mail address or a checksummed wallet address.

    Raises:
        FieldRefused: It is no e-mail address.
        AddressMalformed: It starts like a wallet address but is none, or its checksum is wrong.
    """
    typed = typed.strip()
    if typed[:2].lower() == "0x" and "@" not in typed:
        return ethereum.normalize_address(typed)
    return fields.email(typed, field="recipient")
