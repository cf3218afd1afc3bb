// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassRules} from "./PassRules.sol";

/// @title IEventPassErrors
/// @notice Every refusal of {EventPass} beside those of ERC-6093; each names what did not fit.
interface IEventPassErrors {
    // Who
    error NotOwner(address caller);
    error NotPendingOwner(address caller);
    error NotHolder(uint256 id, address caller);
    error OnlyItself(address caller);
    error SignerUnknown(address signer);
    error SignerCapReached(address signer, uint256 wanted, uint256 left, uint256 windowEndsAt);
    error SignerLimitsInvalid(address signer, uint32 cap, uint32 window);

    // Ids
    error UnknownSeries(uint64 series);
    error SeriesTaken(uint64 series);
    error SeriesZero();
    error TooManySeries(uint256 most);
    error UnknownPass(uint256 id);
    error NotATokenId(uint256 id);
    error PassAlreadyMinted(uint256 id);
    error ZeroQuantity(uint256 id);

    // Terms of a new Series
    error TermsHashZero();
    error CapZero();
    error PortionCountInvalid(uint256 count);
    error WeightInvalid(uint256 portion, uint256 weightBp);
    error WeightsDoNotSum(uint256 sum);
    error PortionTimesInvalid(uint256 portion, uint256 doorsAt, uint256 endsAt, uint256 settlesAt);
    error PortionsOutOfOrder(uint256 portion);
    error StepCountInvalid(uint256 count);
    error StepShareInvalid(uint256 step, uint256 shareBp);
    error StepsRise(uint256 step);
    error GuaranteeInvalid(uint256 guaranteeBp);
    error DurationInvalid(uint256 seconds_);
    error TransferTermsInvalid();
    error SaleCloseInvalid(uint256 saleClosesAt);
    error InstantInvalid(uint256 instant);
    error CurrencyNotAllowed(address currency);
    error ExternalSeriesHasPrice(uint64 series);

    // Sale
    error NotEscrow(uint64 series);
    error SaleClosed(uint64 series, uint256 closedAt, uint256 time);
    error SoldOut(uint64 series, uint256 wanted, uint256 left);
    error WrongPayment(uint256 expected, uint256 sent);
    error InexactPayment(address currency, uint256 expected, uint256 moved);
    error EscrowTooLarge(uint64 series, uint256 escrow);
    error TicketRequired(uint64 series);
    error TicketNotRequired(uint64 series);
    error TicketUsed(uint256 nonce);
    error TicketExpired(uint256 deadline, uint256 time);
    error TicketTooLong(uint256 deadline, uint256 latest);
    error AuthorizationNeedsToken(uint64 series);

    // Claim
    error ClaimOnEscrow(uint64 series);
    error ClaimTooEarly(uint256 notBefore, uint256 time);
    error ClaimExpired(uint256 deadline, uint256 time);
    error ClaimTooLong(uint256 notBefore, uint256 deadline);
    error ClaimWrongTerms(uint64 series, uint256 expectedFirst96Bits, bytes32 given);
    error SerialAboveCap(uint64 series, uint256 serial, uint256 cap);
    error ClaimGasTooLow(uint256 needed, uint256 left);

    // Moving and giving up
    error TransferRefused(uint256 id, PassRules.TransferCode code, uint256 time);
    error BadgeSoulbound(uint256 id);
    error RefundNothing(uint256 id, uint256 time);
    error DrawNothing(uint256 id);
    error SurrenderOnEscrow(uint256 id);

    // Changes by the organizer
    error SaleMayOnlyCloseEarlier(uint64 series, uint256 closesAt, uint256 wanted);
    error NoSuchPortion(uint64 series, uint256 index);
    error PortionCancelledAlready(uint64 series, uint256 index);
    error PortionSettled(uint64 series, uint256 index, uint256 settledAt);
    error PortionDoorsOpened(uint64 series, uint256 index, uint256 doorsAt);
    error PortionMayOnlyMoveLater(uint64 series, uint256 index);
    error NothingToCancel(uint64 series);
    error MoreThanWithdrawable(uint64 series, uint256 wanted, uint256 withdrawable);
    error PaymentFailed(address to, uint256 amount);

    // Pause
    error Paused(uint256 until);
    error NotPaused();
    error PauseTooLong(uint256 seconds_);
    error PauseTooSoon(uint256 allowedFrom);
}

/// @title IEventPassLibraryErrors
/// @notice Refusals that the libraries below {EventPass} utter, so that the ABI names every one.
interface IEventPassLibraryErrors {
    error NotAPassId(uint256 id);
    error PassPartZero(uint64 series, uint32 serial);
    error BadgeZero();
    error SafeERC20FailedOperation(address token);
    error ReentrancyGuardReentrantCall();
    error ECDSAInvalidSignature();
    error ECDSAInvalidSignatureLength(uint256 length);
    error ECDSAInvalidSignatureS(bytes32 s);
}
