"""What holders say about mail, and what a letter offers them, in tests."""

from __future__ import annotations

from email.message import EmailMessage
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import consent
from passes_service.bootstrap import Services
from passes_service.db.models import Holder
from tests import people
from tests.conftest import ORIGIN
from tests.season import DRAFT, Season

NO_WINDOW = {**DRAFT["refund"], "move_window_seconds": 0}


def wants(services: Services, made: Season) -> bool:
    guest = people.holder(services, made.organizer_id)
    with Session(services.database.reader) as session:
        return session.get_one(Holder, (made.organizer_id, guest.id)).change_mail


def refuse(services: Services, organizer_id: UUID, email: str = people.GUEST) -> None:
    guest = people.holder(services, organizer_id, email)
    with services.database.transaction() as session:
        where = {"organizer_id": guest.organizer_id, "holder_id": guest.id}
        consent.choose(session, **where, wanted=False)


def stop_path(mail: EmailMessage) -> str:
    header = str(mail["List-Unsubscribe"])
    assert header.startswith(f"<{ORIGIN}/u/")
    assert header.endswith(">")
    return header[len(ORIGIN) + 1 : -1]
