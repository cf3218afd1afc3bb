// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";

import {Badges} from "./Badges.sol";
import {Books} from "./Books.sol";
import {Domain} from "./Domain.sol";
import {Signer} from "./EventPassState.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {Metadata} from "./Metadata.sol";
import {PassIds} from "./PassIds.sol";
import {SeriesBook} from "./SeriesBook.sol";

/// @title EventPassDesk
/// @notice The organizer's side of a clone and what is published about it.
/// @dev Runs by delegatecall from {EventPass} only, on the storage of the clone; called by itself it
///      has no organizer and no Series.
contract EventPassDesk is SeriesBook, Books, Badges, Metadata {
    uint256 private constant LONGEST_PAUSE = 7 days;
    uint256 private constant PAUSE_REST = 30 days;

    /// @param baseURI Where {CodeStorage} keeps what all metadata addresses begin with.
    constructor(address baseURI) Metadata(baseURI) {}

    /// @inheritdoc IEventPassDesk
    function owner() external view returns (address) {
        return _organizer();
    }

    /// @inheritdoc IEventPassDesk
    function pendingOwner() external view returns (address) {
        return _pendingOwner;
    }

    /// @inheritdoc IEventPassDesk
    function organizerId() external view returns (bytes16) {
        return _organizerId();
    }

    /// @inheritdoc IEventPassDesk
    /// @dev There is no renouncing: without an organizer, nobody could cancel.
    function transferOwnership(address to) external onlyOwner {
        _pendingOwner = to;
        emit OwnershipOffered(msg.sender, to);
    }

    /// @inheritdoc IEventPassDesk
    function acceptOwnership() external {
        if (msg.sender != _pendingOwner) revert NotPendingOwner(msg.sender);
        emit OwnershipTransferred(_organizer(), msg.sender);
        _owner = msg.sender;
        _pendingOwner = address(0);
    }

    /// @inheritdoc IEventPassDesk
    function setSigner(address signer, uint32 cap, uint32 window) external onlyOwner {
        if (signer == address(0) || (cap == 0) != (window == 0)) {
            revert SignerLimitsInvalid(signer, cap, window);
        }
        _signers[signer] = Signer({cap: cap, window: window, used: 0, windowEndsAt: 0});
        emit SignerSet(signer, cap, window);
    }

    /// @inheritdoc IEventPassDesk
    function signerOf(address signer)
        external
        view
        returns (uint32 cap, uint32 window, uint256 left)
    {
        Signer memory hot = _signers[signer];
        uint256 used = block.timestamp < hot.windowEndsAt ? hot.used : 0;
        return (hot.cap, hot.window, hot.cap - used);
    }

    /// @inheritdoc IEventPassDesk
    function pause(uint256 seconds_) external onlyOwner {
        if (seconds_ == 0 || seconds_ > LONGEST_PAUSE) revert PauseTooLong(seconds_);
        uint256 allowedFrom = _settings.pauseAllowedFrom;
        if (block.timestamp < allowedFrom) revert PauseTooSoon(allowedFrom);
        uint256 until = block.timestamp + seconds_;
        _settings.pausedUntil = uint40(until);
        _settings.pauseAllowedFrom = uint40(until + PAUSE_REST);
        emit PauseSet(until);
    }

    /// @inheritdoc IEventPassDesk
    function unpause() external onlyOwner {
        if (block.timestamp >= _settings.pausedUntil) revert NotPaused();
        _settings.pausedUntil = uint40(block.timestamp);
        emit PauseSet(block.timestamp);
    }

    /// @inheritdoc IEventPassDesk
    function pauseState() external view returns (uint256 until, uint256 allowedFrom) {
        return (_settings.pausedUntil, _settings.pauseAllowedFrom);
    }

    /// @inheritdoc IEventPassDesk
    function refreshMetadata(uint256[] calldata ids) external onlyOwner {
        string memory template = _tokenTemplate();
        for (uint256 i = 0; i < ids.length; ++i) {
            if (!PassIds.isPass(ids[i]) && !PassIds.isBadge(ids[i])) revert NotATokenId(ids[i]);
            emit IERC1155.URI(template, ids[i]);
        }
    }

    /// @inheritdoc IEventPassDesk
    function refreshContractMetadata() external onlyOwner {
        emit ContractURIUpdated();
    }

    /// @inheritdoc IEventPassDesk
    function uri(uint256) external view returns (string memory) {
        return _tokenTemplate();
    }

    /// @inheritdoc IEventPassDesk
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name_,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        // Name, version, chain and contract.
        return (
            hex"0f",
            Domain.NAME,
            Domain.VERSION,
            block.chainid,
            address(this),
            bytes32(0),
            new uint256[](0)
        );
    }

    /// @inheritdoc IEventPassDesk
    function contractURI() external view returns (string memory) {
        return string.concat(_root(), "/contract.json");
    }

    /// @inheritdoc IEventPassDesk
    function name() external view returns (string memory) {
        return _text(_nameArg());
    }

    /// @inheritdoc IEventPassDesk
    function symbol() external view returns (string memory) {
        return _text(_symbolArg());
    }

    /// @dev Returns the bytes before the first zero.
    function _text(bytes32 word) private pure returns (string memory text) {
        uint256 length;
        while (length < 32 && word[length] != 0) ++length;
        text = string(abi.encodePacked(word));
        assembly ("memory-safe") {
            mstore(text, length)
        }
    }
}
