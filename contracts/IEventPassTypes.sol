// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice When a pass may change hands. Instants are Unix seconds, 0 being no bound.
/// @param maxCount How often; 0 is without limit.
/// @param frozenMinutes No transfers from this long before a Portion's doors until it ends.
struct TransferTerms {
    bool allowed;
    uint40 opensAt;
    uint40 closesAt;
    uint32 maxCount;
    uint16 frozenMinutes;
}

/// @notice Giving the pass up strictly before `until` pays `shareBp` of its price.
struct RefundStep {
    uint40 until;
    uint16 shareBp;
}

/// @notice A part of the season that is priced for refunds.
struct PortionTerms {
    uint16 weightBp;
    uint40 doorsAt;
    uint40 endsAt;
    uint40 settlesAt;
}

/// @notice All that a Series promises; none of it ever changes.
/// @param escrow Sold here with the money kept here; otherwise passes come by MintClaim only.
/// @param ticketed Whether buying takes a SaleTicket.
/// @param currency An allowed ERC-20, or zero for ETH.
/// @param price Of one pass, in the minor unit of `currency`.
/// @param saleClosesAt From when nobody can buy; it may only move earlier.
struct SeriesTerms {
    bytes32 termsHash;
    bool escrow;
    bool ticketed;
    address currency;
    uint96 price;
    uint32 cap;
    uint40 saleClosesAt;
    uint16 guaranteeBp;
    uint32 coolingOffSeconds;
    uint32 moveWindowSeconds;
    TransferTerms transfer;
    RefundStep[] steps;
    PortionTerms[] portions;
}

/// @notice A Portion as it stands today.
struct PortionStanding {
    uint16 weightBp;
    uint40 doorsAt;
    uint40 endsAt;
    uint40 settlesAt;
    uint40 moveOpenedAt;
    uint40 moveClosesAt;
    bool cancelled;
}

/// @notice The books of a Series.
/// @param live minted - burned.
/// @param escrow What the contract keeps for it, in the minor unit of its currency.
/// @param paidToLive What holders of live passes were paid for cancelled Portions.
/// @param withdrawable What the organizer may take now.
struct SeriesBooks {
    uint32 minted;
    uint32 live;
    uint32 burned;
    uint40 saleClosesAt;
    uint256 escrow;
    uint256 paidToLive;
    uint256 withdrawable;
}

/// @notice One pass as the contract knows it.
/// @param coolingEndsAt When cooling-off ends; 0 if it has none (left).
/// @param transfers Changes of holder, those in the book before a claim included.
/// @param paidBack What was paid for cancelled Portions.
/// @param burned Given up; such an id never lives again.
struct PassStanding {
    address holder;
    uint40 coolingEndsAt;
    uint32 transfers;
    uint256 paidBack;
    bool burned;
}

/// @notice Signed by a hot signer: this pass of our book may become a token, once, of `to`.
/// @param epoch The pass's epoch in the book.
/// @param transfers How often it changed hands in the book.
/// @param deadline Not valid from this second on; at most 15 minutes after `notBefore`.
struct MintClaim {
    uint256 passId;
    address to;
    uint64 epoch;
    uint32 transfers;
    bytes32 termsHash;
    uint64 notBefore;
    uint64 deadline;
}

/// @notice One line of a {MintClaimBatch}.
struct ClaimLine {
    uint32 serial;
    address to;
    uint64 epoch;
    uint32 transfers;
}

/// @notice MintClaims of one Series under one signature.
struct MintClaimBatch {
    uint64 series;
    bytes32 termsHash;
    uint64 notBefore;
    uint64 deadline;
    ClaimLine[] lines;
}

/// @notice Signed by a hot signer for a place held in the book: `buyer` may buy now.
/// @param buyer Who gets the passes; anyone may pay.
/// @param deadline Not valid from this second on; at most 15 minutes ahead.
struct SaleTicket {
    uint64 series;
    address buyer;
    uint32 quantity;
    uint256 nonce;
    uint64 deadline;
}

/// @notice An ERC-3009 authorization; its nonce is the {hashSaleTicket} of the order.
struct PaymentAuthorization {
    address from;
    uint256 validAfter;
    uint256 validBefore;
    uint8 v;
    bytes32 r;
    bytes32 s;
}
