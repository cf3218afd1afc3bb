"""Every table, for Alembic and for readers."""

from passes_service.db.models.accounts import (
    ApiKey,
    Holder,
    HolderEmail,
    HolderWallet,
    LoginSession,
    MagicLink,
    Organizer,
    RateCount,
    SiweNonce,
    StaffMember,
)
from passes_service.db.models.base import new_id
from passes_service.db.models.catalog import (
    Calendar,
    CalendarSession,
    PortionChange,
    Series,
    SeriesSession,
    TermsDocument,
)
from passes_service.db.models.delivery import (
    FeedCopy,
    FeedLink,
    IdempotentCall,
    MailMessage,
    OutboxEvent,
)
from passes_service.db.models.door import CheckIn, Gate, Scan
from passes_service.db.models.passes import Pass, PassEvent, Refund, TransferOffer

__all__ = [
    "ApiKey",
    "Calendar",
    "CalendarSession",
    "CheckIn",
    "FeedCopy",
    "FeedLink",
    "Gate",
    "Holder",
    "HolderEmail",
    "HolderWallet",
    "IdempotentCall",
    "LoginSession",
    "MagicLink",
    "MailMessage",
    "Organizer",
    "OutboxEvent",
    "Pass",
    "PassEvent",
    "PortionChange",
    "RateCount",
    "Refund",
    "Scan",
    "Series",
    "SeriesSession",
    "SiweNonce",
    "StaffMember",
    "TermsDocument",
    "TransferOffer",
    "new_id",
]
