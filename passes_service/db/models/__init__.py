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
from passes_service.db.models.chain import (
    BadgeBalance,
    ChainBlock,
    ChainContract,
    ChainCursor,
    ChainLog,
    ChainOrder,
    ChainSeries,
    ChainTransaction,
    PassClaim,
    RelayNonce,
)
from passes_service.db.models.delivery import (
    FeedCopy,
    FeedLink,
    IdempotentCall,
    MailMessage,
    OutboxEvent,
)
from passes_service.db.models.devices import PassDevice
from passes_service.db.models.door import CheckIn, Gate, Scan
from passes_service.db.models.invitations import Invitation, InvitationMessage, SessionNews
from passes_service.db.models.offline import DoorBundle, GateEntry, ReservedPass
from passes_service.db.models.passes import Pass, PassEvent, Refund, TransferOffer

__all__ = [
    "ApiKey",
    "BadgeBalance",
    "Calendar",
    "CalendarSession",
    "ChainBlock",
    "ChainContract",
    "ChainCursor",
    "ChainLog",
    "ChainOrder",
    "ChainSeries",
    "ChainTransaction",
    "CheckIn",
    "DoorBundle",
    "FeedCopy",
    "FeedLink",
    "Gate",
    "GateEntry",
    "Holder",
    "HolderEmail",
    "HolderWallet",
    "IdempotentCall",
    "Invitation",
    "InvitationMessage",
    "LoginSession",
    "MagicLink",
    "MailMessage",
    "Organizer",
    "OutboxEvent",
    "Pass",
    "PassClaim",
    "PassDevice",
    "PassEvent",
    "PortionChange",
    "RateCount",
    "Refund",
    "RelayNonce",
    "ReservedPass",
    "Scan",
    "Series",
    "SeriesSession",
    "SessionNews",
    "SiweNonce",
    "StaffMember",
    "TermsDocument",
    "TransferOffer",
    "new_id",
]
