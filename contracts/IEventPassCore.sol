// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    MintClaim,
    MintClaimBatch,
    PaymentAuthorization,
    SaleTicket
} from "./IEventPassTypes.sol";

/// @title IEventPassCore
/// @notice What buyers and holders do with an {IEventPass}.
interface IEventPassCore {
    /// @notice Buys passes of an open sale for `to`; pays the exact price in ETH, or the allowance.
    function buy(uint64 series, uint32 quantity, address to) external payable;

    /// @notice Buys the passes of a place held in the book, for the buyer that the ticket names.
    function buyWithTicket(SaleTicket calldata ticket, bytes calldata signature) external payable;

    /// @notice Buys with an ERC-3009 authorization over {hashSaleTicket}; anyone may submit it.
    /// @param signature Of a hot signer over the ticket; empty in an open sale.
    function buyWithAuthorization(
        SaleTicket calldata ticket,
        bytes calldata signature,
        PaymentAuthorization calldata payment
    ) external;

    /// @notice Turns a pass of our book into a token of `claim_.to`; anyone may submit it.
    function claim(MintClaim calldata claim_, bytes calldata signature) external;

    /// @notice Claims for several recipients, leaving out and reporting who cannot receive.
    /// @return minted How many were minted.
    function claimBatch(MintClaimBatch calldata batch, bytes calldata signature)
        external
        returns (uint256 minted);

    /// @notice Gives a pass up for what {refundOf} says, paid to `to`.
    function refund(uint256 id, address to) external;

    /// @notice Gives several passes up; the same as as many single refunds.
    function refundBatch(uint256[] calldata ids, address to) external;

    /// @notice Takes what {drawOf} says for cancelled Portions, paid to `to`, and keeps the pass.
    function draw(uint256 id, address to) external;

    /// @notice Gives a claimed pass up; nothing is paid here.
    function surrender(uint256 id) external;

    /// @notice Returns the EIP-712 digest of a ticket, the ERC-3009 nonce that pays for it.
    function hashSaleTicket(SaleTicket calldata ticket) external view returns (bytes32);

    /// @notice Returns the EIP-712 digest of a claim.
    function hashMintClaim(MintClaim calldata claim_) external view returns (bytes32);

    /// @notice Returns the EIP-712 digest of a batch of claims.
    function hashMintClaimBatch(MintClaimBatch calldata batch) external view returns (bytes32);
}
