"""What we know of chains: contracts, logs, claims, transactions, orders.

`chain_cursor`, `chain_block` and `relay_nonce` are about a chain, not about an organizer: small
tables that every shard carries whole.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from passes_service.db.models.base import Dated, Scoped, belongs_to
from passes_service.db.types import Uint256


class ChainCursor(SQLModel, table=True):
    """How far a chain has been read, and by whom right now: one reader per chain, by lease.

    `number`/`hash` is the last block whose logs are in the book. `confirmed` and `finalized` are
    kept apart: the first moves what is shown, only the second moves money.
    """

    __tablename__ = "chain_cursor"

    chain_id: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(sa_type=BigInteger)
    hash: str = Field(max_length=66)
    head: int = Field(default=0, sa_type=BigInteger)
    finalized: int = Field(default=0, sa_type=BigInteger)
    finalized_time: datetime | None = None
    read_at: datetime | None = None
    lease_owner: str = Field(default="", max_length=80)
    lease_until: datetime | None = None
    trouble: str = Field(default="", max_length=300)


class ChainBlock(SQLModel, table=True):
    """A header we have built on, kept while its chain may still be replaced."""

    __tablename__ = "chain_block"

    chain_id: int = Field(sa_type=BigInteger, primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    hash: str = Field(max_length=66)
    parent_hash: str = Field(max_length=66)
    time: datetime


class RelayNonce(SQLModel, table=True):
    """The next nonce of a relaying account; the conditional update hands each out once."""

    __tablename__ = "relay_nonce"

    chain_id: int = Field(sa_type=BigInteger, primary_key=True)
    sender: str = Field(max_length=42, primary_key=True)
    next_nonce: int = Field(sa_type=BigInteger)


class ChainContract(Scoped, Dated, table=True):
    """An organizer's EventPass clone on one chain; `first_block` is where its logs can begin.

    Its logs up to `read_to` are in the book. One that was added late is read from its first block
    until it has caught up with the cursor of its chain, and moves along with it from then on.
    """

    __tablename__ = "chain_contract"
    __table_args__ = (UniqueConstraint("organizer_id", "chain_id"),)

    chain_id: int = Field(sa_type=BigInteger)
    address: str = Field(max_length=42)
    owner: str = Field(max_length=42)
    first_block: int = Field(sa_type=BigInteger)
    read_to: int = Field(default=0, sa_type=BigInteger)


class ChainSeries(Dated, SQLModel, table=True):
    """A Series on chain: what was asked for, and its counters as the logs tell them.

    `prepared` until SeriesCreated is seen. Amounts are in the minor unit of the currency.
    """

    __tablename__ = "chain_series"
    __table_args__ = (
        belongs_to("series", "series_id"),
        belongs_to("chain_contract", "contract_id"),
        CheckConstraint("state IN ('prepared','open')", name="state"),
    )

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    series_id: UUID = Field(primary_key=True)
    contract_id: UUID
    chain_id: int = Field(sa_type=BigInteger)
    state: str = Field(default="prepared", max_length=10)
    ticketed: bool = False
    currency_address: str = Field(max_length=42)
    sale_closes_at: datetime
    minted: int = 0
    burned: int = 0
    escrow_minor: int = Field(default=0, sa_type=Uint256)
    refunded_minor: int = Field(default=0, sa_type=Uint256)
    drawn_minor: int = Field(default=0, sa_type=Uint256)
    withdrawn_minor: int = Field(default=0, sa_type=Uint256)


class ChainLog(Scoped, table=True):
    """One decoded event of an organizer's contract in the chain that we follow now.

    `position` counts the ids of a batch. Replaced blocks take their logs with them.
    """

    __tablename__ = "chain_log"
    __table_args__ = (
        UniqueConstraint("organizer_id", "chain_id", "block_hash", "log_index", "position"),
        Index("ix_chain_log_block", "organizer_id", "chain_id", "block_number"),
        Index("ix_chain_log_token", "organizer_id", "token_id", "block_number", "log_index"),
        Index("ix_chain_log_series", "organizer_id", "series_no", "block_number", "log_index"),
    )

    chain_id: int = Field(sa_type=BigInteger)
    block_number: int = Field(sa_type=BigInteger)
    block_hash: str = Field(max_length=66)
    block_time: datetime
    log_index: int
    position: int = 0
    transaction_hash: str = Field(max_length=66)
    name: str = Field(max_length=40)
    token_id: int | None = Field(default=None, sa_type=Uint256)
    series_no: int | None = Field(default=None, sa_type=Uint256)
    args: str = Field(sa_column=Column(Text, nullable=False))


class BadgeBalance(SQLModel, table=True):
    """How many of a badge an account has, as the logs tell it."""

    __tablename__ = "badge_balance"

    organizer_id: UUID = Field(foreign_key="organizer.id", primary_key=True)
    chain_id: int = Field(sa_type=BigInteger, primary_key=True)
    badge_no: int = Field(sa_type=Uint256, primary_key=True)
    account: str = Field(max_length=42, primary_key=True)
    amount: int = Field(sa_type=Uint256)


class PassClaim(Scoped, Dated, table=True):
    """A pass on its way to a wallet: locked, signed for, and then minted or released.

    Released only when a finalized block is past `deadline` and the id is still unclaimed there.
    `from_holder_id` and `from_wallet` are whose it was in the book when it was minted: a
    reorganisation that takes the mint back gives it back to them.
    """

    __tablename__ = "pass_claim"
    __table_args__ = (
        belongs_to("pass", "pass_row_id"),
        belongs_to("chain_contract", "contract_id"),
        belongs_to("holder", "from_holder_id"),
        Index("ix_pass_claim_pass", "organizer_id", "pass_row_id"),
        Index(
            "uq_pass_claim_open",
            "organizer_id",
            "pass_row_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("state IN ('open','minted','released')", name="state"),
    )

    pass_row_id: UUID
    contract_id: UUID
    chain_id: int = Field(sa_type=BigInteger)
    recipient: str = Field(max_length=42)
    epoch: int
    transfers: int
    terms_hash: str = Field(max_length=66)
    not_before: datetime
    deadline: datetime
    signer: str = Field(default="", max_length=42)
    signature: str = Field(default="", max_length=132)
    relayed: bool = False
    from_holder_id: UUID | None = None
    from_wallet: str | None = Field(default=None, max_length=42)
    state: str = Field(default="open", max_length=10)
    ended_at: datetime | None = None


class ChainTransaction(Scoped, Dated, table=True):
    """A transaction that our relayer sends, from the wish to a finalized receipt.

    `hashes` are all that were ever signed for its nonce; `raw` is the newest. `cancelling` says
    that it is a transfer of nothing to ourselves, which uses the nonce up. `sent_block` was the
    head of the chain when `raw` went out first.
    """

    __tablename__ = "chain_transaction"
    __table_args__ = (
        UniqueConstraint("organizer_id", "purpose", "subject_id"),
        Index("ix_chain_transaction_state", "organizer_id", "state", "id"),
        CheckConstraint(
            "state IN ('queued','signed','sent','mined','final','failed','abandoned')",
            name="state",
        ),
    )

    chain_id: int = Field(sa_type=BigInteger)
    purpose: str = Field(max_length=24)
    subject_id: UUID
    recipient: str = Field(max_length=42)
    data: str = Field(sa_column=Column(Text, nullable=False))
    value_wei: int = Field(default=0, sa_type=Uint256)
    expires_at: datetime | None = None
    state: str = Field(default="queued", max_length=10)
    sender: str = Field(default="", max_length=42)
    nonce: int | None = Field(default=None, sa_type=BigInteger)
    gas_limit: int | None = Field(default=None, sa_type=BigInteger)
    max_fee_wei: int | None = Field(default=None, sa_type=Uint256)
    priority_fee_wei: int | None = Field(default=None, sa_type=Uint256)
    raw: str = Field(default="", sa_column=Column(Text, nullable=False))
    hashes: str = Field(default="", sa_column=Column(Text, nullable=False))
    cancelling: bool = False
    sent_at: datetime | None = None
    sent_block: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    cost_wei: int = Field(default=0, sa_type=Uint256)
    error: str = Field(default="", max_length=300)


class ChainOrder(Scoped, Dated, table=True):
    """An intended purchase on chain. It completes from the log, never from a browser's word.

    `nonce` is the SaleTicket's; `quantity` passes at `price_minor` each for `buyer`.
    `transaction_hash` and `block_number` say where the log has it; `told_hash` is what a browser
    said, for the page to ask the chain about.
    """

    __tablename__ = "pass_order"
    __table_args__ = (
        belongs_to("series", "series_id"),
        belongs_to("holder", "holder_id"),
        UniqueConstraint("organizer_id", "nonce"),
        Index("ix_pass_order_holder", "organizer_id", "holder_id", "id"),
        Index("ix_pass_order_open", "organizer_id", "series_id", "state", "deadline"),
        Index("ix_pass_order_transaction", "organizer_id", "transaction_hash"),
        CheckConstraint("state IN ('open','seen','completed','expired','cancelled')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    series_id: UUID
    holder_id: UUID
    chain_id: int = Field(sa_type=BigInteger)
    buyer: str = Field(max_length=42)
    quantity: int
    price_minor: int = Field(sa_type=Uint256)
    currency: str = Field(max_length=4)
    nonce: int = Field(sa_type=Uint256)
    deadline: datetime
    signature: str = Field(default="", max_length=132)
    terms_hash: str = Field(max_length=66)
    state: str = Field(default="open", max_length=10)
    transaction_hash: str | None = Field(default=None, max_length=66)
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    told_hash: str | None = Field(default=None, max_length=66)
    ended_at: datetime | None = None
