"""Mail about changed sessions: agreed to with the address, ended by one click in each letter.

The address of that click (RFC 8058) is derived and stored nowhere. It has no end: letters are
opened late, and all it can do is to stop them. So every session key ever used counts, past ones
too; it can be undone on the holder's page.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import holders
from passes_service.core import tokens
from passes_service.core.errors import DomainError, Kind
from passes_service.db.models import Holder

PURPOSE = "stop-change-mail"


class StopLinkUnknown(DomainError):
    """An address to stop mail that we never wrote into a letter."""

    code, title, kind = "stop-link-unknown", "This address stops nothing", Kind.NOT_FOUND
    next_step = "Open the whole address from the letter, or sign in and choose on your page."


def path(organizer_id: UUID, holder_id: UUID, *, key: bytes) -> str:
    """Return the address that stops a holder's mail about changes."""
    return "/u/" + tokens.derive(organizer_id, holder_id, key=key, purpose=PURPOSE)


def whose(session: Session, token: str, *, keys: Sequence[bytes]) -> Holder:
    """Return the holder that a stopping address belongs to, changing nothing.

    Raises:
        StopLinkUnknown: It is not one of ours.
        NotFound: There is no such holder any more.
    """
    said = tokens.verify_derived(token, keys=keys, purpose=PURPOSE)
    if said is None:
        raise StopLinkUnknown("It is not complete, or was never in a letter of ours.")
    return holders.get(session, organizer_id=said.organizer_id, holder_id=said.link_id)


def choose(session: Session, *, organizer_id: UUID, holder_id: UUID, wanted: bool) -> Holder:
    """Store whether a holder wants mail about changed sessions; saying it twice is saying it.

    Raises:
        NotFound: There is no such holder.
    """
    found = holders.get(session, organizer_id=organizer_id, holder_id=holder_id)
    found.change_mail = wanted
    session.add(found)
    session.flush()
    return found
