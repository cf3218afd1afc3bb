// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassStanding, PortionStanding, SeriesBooks, SeriesTerms} from "./IEventPassTypes.sol";
import {PassRules} from "./PassRules.sol";

/// @title IEventPassDesk
/// @notice What the organizer does, and what is published about an {IEventPass}.
interface IEventPassDesk {
    /// @notice Opens a Series under Terms that can never change.
    function createSeries(uint64 series, SeriesTerms calldata terms) external;

    /// @notice Closes the sale at `closesAt`: earlier than before, not before now.
    function closeSale(uint64 series, uint40 closesAt) external;

    /// @notice Cancels a Portion before its settlement; the sale closes.
    function cancelPortion(uint64 series, uint256 index) external;

    /// @notice Cancels all Portions that are not settled; the sale closes.
    function cancelSeries(uint64 series) external;

    /// @notice Moves a Portion to later, before its doors; holders may react in the move window.
    function movePortion(
        uint64 series,
        uint256 index,
        uint40 doorsAt,
        uint40 endsAt,
        uint40 settlesAt
    ) external;

    /// @notice Lets a hot signer admit `cap` passes per `window` seconds; a cap of 0 ends it.
    function setSigner(address signer, uint32 cap, uint32 window) external;

    /// @notice Allows an ERC-20 for Series that are created from now on, or no longer.
    function setCurrency(address currency, bool allowed) external;

    /// @notice Rests sale and claim for at most 7 days, not again until 30 days after that.
    function pause(uint256 seconds_) external;

    /// @notice Ends a pause early; the 30 days stay.
    function unpause() external;

    /// @notice Tells wallets to load metadata anew.
    function refreshMetadata(uint256[] calldata ids) external;

    /// @notice Tells marketplaces to load {contractURI} anew.
    function refreshContractMetadata() external;

    /// @notice Offers the contract to another account, which must accept.
    function transferOwnership(address to) external;

    /// @notice Takes the contract that was offered to the caller.
    function acceptOwnership() external;

    /// @notice Returns what a Series promises, moves not applied.
    function termsOf(uint64 series) external view returns (SeriesTerms memory);

    /// @notice Returns the Portions of a Series as they stand.
    function portionsOf(uint64 series) external view returns (PortionStanding[] memory);

    /// @notice Returns the limits of a hot signer and how many passes it may still admit now.
    function signerOf(address signer)
        external
        view
        returns (uint32 cap, uint32 window, uint256 left);

    /// @notice Whether new Series may be priced in `currency`; ETH (zero) always.
    function isCurrency(address currency) external view returns (bool);

    /// @notice Returns until when sale and claim rest, and from when they may be paused (again).
    function pauseState() external view returns (uint256 until, uint256 allowedFrom);

    /// @notice Returns the organizer's account.
    function owner() external view returns (address);

    /// @notice Returns the account that the contract is offered to.
    function pendingOwner() external view returns (address);

    /// @notice Returns the organizer's id in the book.
    function organizerId() external view returns (bytes16);

    /// @notice Returns the name of the collection.
    function name() external view returns (string memory);

    /// @notice Returns the symbol of the collection.
    function symbol() external view returns (string memory);

    /// @notice Returns the address of the collection's metadata (ERC-7572).
    function contractURI() external view returns (string memory);

    /// @notice Pays out of the escrow of a Series what no holder can be owed any more.
    function withdraw(uint64 series, uint256 amount, address to) external;

    /// @notice Returns what giving the pass up pays now and which rule says so.
    function refundOf(uint256 id)
        external
        view
        returns (PassRules.RefundCode code, uint256 amount);

    /// @notice Returns what the holder may take now while keeping the pass.
    function drawOf(uint256 id) external view returns (uint256 amount);

    /// @notice Returns whether the pass may change hands now, and the rule that decides.
    function canTransfer(uint256 id)
        external
        view
        returns (bool allowed, PassRules.TransferCode code);

    /// @notice Returns one pass.
    function passOf(uint256 id) external view returns (PassStanding memory);

    /// @notice Returns the books of a Series.
    function booksOf(uint64 series) external view returns (SeriesBooks memory);

    /// @notice Whether the place held under `nonce` was bought.
    function isTicketSpent(uint256 nonce) external view returns (bool);

    /// @notice Returns the template of all metadata addresses; clients put the id in for `{id}`.
    function uri(uint256 id) external view returns (string memory);

    /// @notice Returns the EIP-712 domain of what hot signers sign (ERC-5267).
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        );

    /// @notice Gives badges, which never move.
    function awardBadge(uint64 badge, address to, uint256 amount) external;

    /// @notice Gives own badges up.
    function renounceBadge(uint64 badge, uint256 amount) external;
}
