// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";

import {EventPassState} from "./EventPassState.sol";
import {IERC5615} from "./IERC5615.sol";
import {IEventPassDesk} from "./IEventPassDesk.sol";
import {PassIds} from "./PassIds.sol";
import {Receivers} from "./Receivers.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {PassWord, SeriesWord} from "./StateWords.sol";

/// @title Badges
/// @notice Counted per account, given by the organizer, given up by the holder, never moved.
abstract contract Badges is EventPassState, IEventPassDesk, IERC5615 {
    using PassWords for Document;
    using SeriesWord for uint256;

    /// @inheritdoc IEventPassDesk
    function awardBadge(uint64 badge, address to, uint256 amount) external onlyOwner nonReentrant {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        uint256 id = PassIds.badgeId(badge);
        if (amount == 0) revert ZeroQuantity(id);
        _badgeSupply[id] += amount;
        _badges[id][to] += amount;
        emit IERC1155.TransferSingle(msg.sender, address(0), to, id, amount);
        Receivers.accept(msg.sender, address(0), to, id, amount, "");
    }

    /// @inheritdoc IEventPassDesk
    function renounceBadge(uint64 badge, uint256 amount) external {
        uint256 id = PassIds.badgeId(badge);
        if (amount == 0) revert ZeroQuantity(id);
        uint256 balance = _badges[id][msg.sender];
        if (balance < amount) {
            revert ERC1155InsufficientBalance(msg.sender, balance, amount, id);
        }
        unchecked {
            _badges[id][msg.sender] = balance - amount;
            _badgeSupply[id] -= amount;
        }
        emit IERC1155.TransferSingle(msg.sender, msg.sender, address(0), id, amount);
    }

    /// @inheritdoc IERC5615
    /// @dev A pass may exist if its Series could mint it now: any serial up to the cap of an
    ///      external Series, and of an escrow Series while its sale is open.
    function exists(uint256 id) external view returns (bool) {
        if (!PassIds.isPass(id)) return PassIds.isBadge(id);
        if (_passes[id] != 0) return true;
        uint64 series = uint64(id >> 32);
        uint256 state = _series[series];
        if (state == 0) return false;
        if (state & SeriesWord.EXTERNAL != 0) return uint32(id) <= state.closes();
        if (block.timestamp >= state.closes()) return false;
        (, Document doc) = _read(series);
        return uint32(id) <= PassWords.cap(doc.ruleWord());
    }

    /// @inheritdoc IERC5615
    function totalSupply(uint256 id) external view returns (uint256) {
        if (PassIds.isPass(id)) return _passes[id] & PassWord.LIVE != 0 ? 1 : 0;
        return _badgeSupply[id];
    }
}
