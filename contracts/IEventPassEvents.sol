// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IEventPassEvents
/// @notice What {EventPass} publishes beside the events of ERC-1155.
interface IEventPassEvents {
    /// @notice A Series exists; its rules are in the code at `document` and never change.
    event SeriesCreated(
        uint64 indexed series, bytes32 indexed termsHash, address document, uint40 saleClosesAt
    );
    /// @notice Nobody can buy from `closesAt` on.
    event SaleClosesAt(uint64 indexed series, uint256 closesAt);
    /// @notice A Portion will not take place; its holders may draw the guarantee.
    event PortionCancelled(uint64 indexed series, uint256 indexed index);
    /// @notice A Portion takes place later; holders may react until `windowClosesAt`.
    event PortionMoved(
        uint64 indexed series,
        uint256 indexed index,
        uint256 doorsAt,
        uint256 endsAt,
        uint256 settlesAt,
        uint256 windowClosesAt
    );

    /// @notice The place held in the book under `nonce` was bought.
    event TicketSpent(uint64 indexed series, uint256 indexed nonce);
    /// @notice A line of a batch was left out because its recipient cannot receive, or because its
    ///         pass is a token already.
    event ClaimSkipped(uint256 indexed id, address indexed to);
    /// @notice A pass was given up and `amount` was paid for it; its holder is in TransferSingle.
    event PassRefunded(uint256 indexed id, uint256 amount);
    /// @notice A holder took `amount` for cancelled Portions and keeps the pass.
    event PassDrawn(uint256 indexed id, address indexed holder, address to, uint256 amount);
    /// @notice A holder gave a claimed pass up; what comes back is settled off chain.
    event PassSurrendered(uint256 indexed id, address indexed holder);
    /// @notice The organizer took `amount` that no holder can be owed any more.
    event Withdrawn(uint64 indexed series, address indexed to, uint256 amount);

    /// @notice A hot signer may admit `cap` passes per `window` seconds; a cap of 0 ends it.
    event SignerSet(address indexed signer, uint32 cap, uint32 window);
    /// @notice New Series may (or may no longer) be priced in `currency`.
    event CurrencySet(address indexed currency, bool allowed);
    /// @notice Sale and claim rest until `until` at the latest.
    event PauseSet(uint256 until);
    /// @notice `owner_` offers the contract to `pending`.
    event OwnershipOffered(address indexed owner_, address indexed pending);
    /// @notice ERC-173.
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    /// @notice ERC-7572.
    event ContractURIUpdated();
}
