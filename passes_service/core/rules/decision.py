"""Decision: the answer to "may I, now?", with its reason and how long it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Code(StrEnum):
    """Stable codes of decisions; never renamed once released.

    The pass itself stands in the way, whatever the action:
        pass-offered: nobody has accepted it yet.
        pass-claiming: it is being moved to the chain; nothing else may happen meanwhile.
        pass-on-chain: its truth lives in the contract, not in our book.
        pass-refunded: it was given up and paid back.
        pass-void: it was withdrawn (cancelled order, disputed payment).
        pass-surrendered: its token was burned to give it up.
    Transfer:
        transfer-open: it may change hands now; `amount` is the fee.
        transfer-to-self: the receiver already holds it.
        transfer-not-allowed: these Terms allow none.
        transfer-count-reached: it has changed hands as often as the Terms allow.
        transfer-not-yet: transfers have not opened.
        transfer-closed: transfers have closed.
        transfer-frozen: doors are near or a Portion is running.
    Refund:
        refund-cooling-off: everything paid comes back, because the purchase is fresh.
        refund-step: a published step pays.
        refund-change: a cancelled or moved Portion pays, alone or beside a step.
        refund-free: nothing was paid; the place is given back.
        refund-nothing: nothing comes back now.
    Draw:
        draw-due: money for cancelled Portions may be taken while keeping the pass.
        draw-nothing: no such money is due.
    Entry:
        enter-admit: come in, first entry in this scope.
        enter-readmit: come in again (after a recorded exit, or entry is unlimited).
        enter-duplicate: it already let someone in.
        enter-wrong-session: it does not open this Session.
        enter-cancelled: the Session is cancelled.
        enter-too-early: doors are not open.
        enter-too-late: the Session is over.
    Claim:
        claim-open: it may become a token now.
        claim-has-fee: Terms with a transfer fee stay in our book.
        claim-born-on-chain: an escrow pass is a token already.
        claim-near-doors: from two hours before doors until the end, passes stay where they are.
    """

    STATE_OFFERED = "pass-offered"
    STATE_CLAIMING = "pass-claiming"
    STATE_ON_CHAIN = "pass-on-chain"
    STATE_REFUNDED = "pass-refunded"
    STATE_VOID = "pass-void"
    STATE_SURRENDERED = "pass-surrendered"
    TRANSFER_OPEN = "transfer-open"
    TRANSFER_TO_SELF = "transfer-to-self"
    TRANSFER_NOT_ALLOWED = "transfer-not-allowed"
    TRANSFER_COUNT_REACHED = "transfer-count-reached"
    TRANSFER_NOT_YET = "transfer-not-yet"
    TRANSFER_CLOSED = "transfer-closed"
    TRANSFER_FROZEN = "transfer-frozen"
    REFUND_COOLING_OFF = "refund-cooling-off"
    REFUND_STEP = "refund-step"
    REFUND_CHANGE = "refund-change"
    REFUND_FREE = "refund-free"
    REFUND_NOTHING = "refund-nothing"
    DRAW_DUE = "draw-due"
    DRAW_NOTHING = "draw-nothing"
    ENTER_ADMIT = "enter-admit"
    ENTER_READMIT = "enter-readmit"
    ENTER_DUPLICATE = "enter-duplicate"
    ENTER_WRONG_SESSION = "enter-wrong-session"
    ENTER_CANCELLED = "enter-cancelled"
    ENTER_TOO_EARLY = "enter-too-early"
    ENTER_TOO_LATE = "enter-too-late"
    CLAIM_OPEN = "claim-open"
    CLAIM_HAS_FEE = "claim-has-fee"
    CLAIM_BORN_ON_CHAIN = "claim-born-on-chain"
    CLAIM_NEAR_DOORS = "claim-near-doors"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one instant says; equal verdicts at neighbouring instants are one answer."""

    allowed: bool
    code: Code
    reason: str
    rule: str
    amount: int = 0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The answer at `now`, and that it was and stays the same in [since, until).

    Attributes:
        amount: Minor units. What a refund or draw pays; what a transfer costs; else 0.
        reason: One or two sentences for the holder, with dates and amounts.
        since: When this answer began, as far back as the purchase; None is "from the beginning".
        until: The first instant with another answer if nothing new is published; None is never.
        rule: Path of the rule in the Terms that decided, such as `refund.steps[1]`;
            `amendment:` before it when the amendment did.
    """

    allowed: bool
    code: Code
    amount: int
    reason: str
    since: datetime | None
    until: datetime | None
    rule: str
