"""The contract's refusals in words: what happened and what to do, for people who paid a fee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from passes_service.chain import calls
from passes_service.chain.errors import NodeRefused
from passes_service.core.money import Money, format_amount

AGAIN: Final = "Nothing was paid, only the network fee. Place a new order."
NOTHING: Final = "Nothing was changed, only the network fee was spent."


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the contract refused: the name of its error, a sentence, the next step."""

    name: str
    sentence: str
    next: str


# {name} is a value of the error; {name_at} the same value, Unix seconds, as an instant;
# {name_money} as an amount of the Series' currency, {name_eth} as one of the chain's own.
_WORDS: Final[dict[str, tuple[str, str]]] = {
    # Sale
    "WrongPayment": ("The payment was {sent_eth}, the price is {expected_eth}.", AGAIN),
    "InexactPayment": ("The currency moved {moved} where {expected} were due.", AGAIN),
    "SoldOut": ("{wanted} passes were asked for and {left} are left.", AGAIN),
    "SaleClosed": ("The sale closed at {closedAt_at}.", "Nothing was paid, only the network fee."),
    "TicketExpired": ("The order's time ended at {deadline_at}, before it was paid.", AGAIN),
    "TicketUsed": (
        "The place of this order was bought before.",
        "Nothing was paid a second time. Look at the order: its pass is there.",
    ),
    "TicketTooLong": ("The order's ticket lives longer than the contract allows.", AGAIN),
    "TicketRequired": ("This Series is sold by order only.", AGAIN),
    "TicketNotRequired": ("This Series is sold without a ticket.", AGAIN),
    "SignerUnknown": (
        "The contract does not know the key that signed this.",
        "Nothing was paid, only the network fee. The organizer has to name our signer first.",
    ),
    "SignerCapReached": (
        "Our key may admit {left} more passes until {windowEndsAt_at}, {wanted} were asked for.",
        "Nothing was paid, only the network fee. Place a new order after that time.",
    ),
    "AuthorizationNeedsToken": ("This Series is paid in ETH, which needs no authorization.", AGAIN),
    "NotEscrow": ("This Series is not sold on chain.", "Nothing was paid, only the network fee."),
    "Paused": (
        "The organizer has paused the sale until {until_at} at the latest.",
        "Nothing was paid, only the network fee. Place a new order after the pause.",
    ),
    "ERC1155InvalidReceiver": (
        "The receiving account {receiver} cannot hold passes.",
        "Nothing was paid, only the network fee. Buy with another wallet.",
    ),
    "SafeERC20FailedOperation": (
        "The currency did not move the money.",
        "Nothing was paid, only the network fee. Allow the exact price and have it in the wallet.",
    ),
    # Organizer
    "NotOwner": ("The wallet {caller} does not own this contract.", "Use the owner's wallet."),
    "UnknownSeries": ("The contract does not know this Series.", "Create it on chain first."),
    "SeriesTaken": ("This Series is on chain already.", "Nothing is left to do."),
    "CurrencyNotAllowed": (
        "The contract does not accept the currency {currency} yet.",
        "Send “Accept a currency” first.",
    ),
    "EventPassExists": ("This wallet has made the contract: {eventPass}.", "Bind that address."),
    "OrganizerInvalid": ("The contract's name or symbol is too long or empty.", NOTHING),
    "SaleMayOnlyCloseEarlier": ("The sale closes at {closesAt_at}; only earlier works.", NOTHING),
    "PortionCancelledAlready": ("This part is cancelled on chain already.", NOTHING),
    "PortionSettled": ("This part was settled at {settledAt_at}.", NOTHING),
    "PortionDoorsOpened": ("The doors of this part opened at {doorsAt_at}.", NOTHING),
    "PortionMayOnlyMoveLater": ("On chain a part may only move to later.", NOTHING),
    "NothingToCancel": ("All parts are cancelled or settled.", NOTHING),
    "MoreThanWithdrawable": (
        "{wanted_money} were asked for and {withdrawable_money} are free.",
        "Take what is free; the rest is held for holders.",
    ),
    "PauseTooLong": ("A pause lasts 7 days at most.", NOTHING),
    "PauseTooSoon": ("The next pause is possible from {allowedFrom_at}.", NOTHING),
    "NotPaused": ("The sale is not paused.", NOTHING),
    "SignerLimitsInvalid": ("The signer's limits do not fit.", NOTHING),
    # Claim
    "ClaimExpired": ("The claim's time ended at {deadline_at}.", "Ask for a new claim."),
    "ClaimTooEarly": ("The claim is good from {notBefore_at}.", "Send it again then."),
    "PassAlreadyMinted": ("This pass is a token already.", "Look at the pass: it is in a wallet."),
}


def in_words(error: NodeRefused, *, currency: str = "") -> Refusal:
    """Return a node's refusal as people should read it; an unknown one by its name.

    Args:
        currency: Of the Series concerned; without it amounts are said in minor units.
    """
    found = calls.refusal(error)
    if found is None:
        return Refusal("", f"The node said: {error.detail}.", "Nothing was paid or changed.")
    name, values = found
    sentence, following = _WORDS.get(
        name, (f"The contract refused: {name} ({_listed(values)}).", NOTHING)
    )
    if name in _WORDS:
        sentence = sentence.format(**values, **_instants(values), **_amounts(values, currency))
    return Refusal(name, sentence, following)


def _instants(values: dict[str, Any]) -> dict[str, str]:
    return {
        f"{name}_at": f"{datetime.fromtimestamp(value, UTC):%d %B %Y, %H:%M:%S} UTC"
        for name, value in values.items()
        if isinstance(value, int) and 0 <= value < 7_258_118_400
    }


def _amounts(values: dict[str, Any], currency: str) -> dict[str, str]:
    whole = {name: value for name, value in values.items() if type(value) is int and value >= 0}
    money = {
        f"{name}_money": format_amount(Money(value, currency))
        if currency
        else f"{value} minor units"
        for name, value in whole.items()
    }
    return money | {
        f"{name}_eth": format_amount(Money(value, "ETH")) for name, value in whole.items()
    }


def _listed(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
