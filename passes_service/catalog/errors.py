"""Refusals about what is sold."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class SessionInvalid(DomainError):
    """A session's fields do not make sense together."""

    code, title, kind = "session-invalid", "This session does not make sense", Kind.INVALID
    next_step = "Correct the field named in `field`."


class SessionOver(DomainError):
    """A session that has ended or was cancelled cannot be changed any more."""

    code, title, kind = "session-over", "This session is over", Kind.CONFLICT
    next_step = "Create a new session; holders keep what the published rules owe them."


class TermsUnfit(DomainError):
    """Terms speak of sessions that this calendar does not have, or at other times."""

    code, title, kind = "terms-unfit", "The Terms do not fit the calendar", Kind.INVALID
    next_step = "Open the Terms editor again: it proposes Portions from the present sessions."


class TermsSold(DomainError):
    """Terms say how many passes will ever exist, so one Series sells under them."""

    code, title, kind = "terms-sold", "These Terms have their Series", Kind.CONFLICT
    next_step = "Issue from that Series, or publish Terms of their own for another one."


class SeriesClosed(DomainError):
    """The Series issues no more passes."""

    code, title, kind = "series-closed", "This Series is closed", Kind.CONFLICT
    next_step = "Issue from another Series, or open a new one."


class CurrencyUnfit(DomainError):
    """The price and the transfer fee of the Terms are in different currencies."""

    code, title, kind = "currency-unfit", "Price and fee differ in currency", Kind.INVALID
    next_step = "Price the Series in the currency of the fee, or publish Terms with another fee."


class EscrowNotHere(DomainError):
    """An escrow Series is born on chain, not in this book."""

    code, title, kind = "escrow-not-here", "Escrow Series are created on chain", Kind.INVALID
    next_step = "Name the chain to sell on, or publish Terms with external funding."


class EscrowOnly(DomainError):
    """A chain was named for Terms whose money does not lie in the contract."""

    code, title, kind = "escrow-only", "These Terms are not sold on chain", Kind.INVALID
    next_step = "Leave the chain out, or publish Terms whose money the contract keeps."


class ContractMissing(DomainError):
    """The organizer has no contract on that chain yet."""

    code, title, kind = "contract-missing", "No contract on this chain", Kind.CONFLICT
    next_step = "Create your contract on the page “On chain” and bind its address first."


class ContractForeign(DomainError):
    """The address is not this organizer's clone of the network's contract."""

    code, title, kind = "contract-foreign", "Not your contract", Kind.INVALID
    next_step = "Create your contract with the prepared transaction and bind the address it gets."


class ContractBound(DomainError):
    """Another contract is bound on that chain and carries Series."""

    code, title, kind = "contract-bound", "Another contract is bound here", Kind.CONFLICT
    next_step = "Keep the bound contract: what was sold there stays there."


class CurrencyNotServed(DomainError):
    """The chain has no such currency here."""

    code, title, kind = "currency-not-served", "Currency not served on this chain", Kind.INVALID
    next_step = "Choose one of the currencies named in `served`."


class PriceTooLarge(DomainError):
    """All passes together would be more than the contract's books can hold."""

    code, title, kind = "price-too-large", "More than the contract can hold", Kind.INVALID
    next_step = "Lower the price or publish Terms with fewer passes."


class NotClaimable(DomainError):
    """A Series whose transfers cost a fee stays in the book."""

    code, title, kind = "not-claimable", "This Series stays in the book", Kind.CONFLICT
    next_step = "Publish Terms without a transfer fee for passes that may become tokens."


class OnChainAlready(DomainError):
    """The Series has a place on a chain."""

    code, title, kind = "on-chain-already", "This Series is on a chain already", Kind.CONFLICT
    next_step = "Use the chain it is on; a Series lives on one chain."


class SaleOnChain(DomainError):
    """The contract sells this Series; the book cannot close it."""

    code, title, kind = "sale-on-chain", "The contract sells this Series", Kind.CONFLICT
    next_step = "Close the sale with the prepared transaction on the page “On chain”."


class RefusedOnChain(DomainError):
    """A dry run on the chain says that the contract would refuse."""

    code, title, kind = "refused-on-chain", "The contract would refuse this", Kind.CONFLICT
    next_step = "Do what the contract asks for, then try again; nothing was stored."


class SeriesInDrop(DomainError):
    """Places of the Series are set aside for a Drop."""

    code, title, kind = "series-in-drop", "A Drop sells this Series", Kind.CONFLICT
    next_step = "Close the Drop first; what it did not sell comes back, then close the Series."
