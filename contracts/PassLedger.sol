// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155} from "@openzeppelin/contracts/interfaces/IERC1155.sol";
import {IERC1155MetadataURI} from "@openzeppelin/contracts/interfaces/IERC1155MetadataURI.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";

import {EventPassState} from "./EventPassState.sol";
import {IERC5615} from "./IERC5615.sol";
import {PassIds} from "./PassIds.sol";
import {PassRules} from "./PassRules.sol";
import {Document} from "./SeriesDocument.sol";
import {PassWord} from "./StateWords.sol";
import {Receivers} from "./Receivers.sol";

/// @title PassLedger
/// @notice Who holds what (ERC-1155), and every rule of movement, in {_update}.
/// @dev A pass has one owner; a badge is counted per account and never moves. Transfers carry no
///      reentrancy guard: no money moves, all is written before the receiver is asked, and a
///      receiver may hand a pass on at once.
abstract contract PassLedger is EventPassState, IERC1155 {
    using PassWord for uint256;

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view returns (uint256) {
        if (!PassIds.isPass(id)) return _badges[id][account];
        return account != address(0) && _passes[id].owner() == account ? 1 : 0;
    }

    /// @inheritdoc IERC1155
    function balanceOfBatch(address[] calldata accounts, uint256[] calldata ids)
        external
        view
        returns (uint256[] memory balances)
    {
        if (accounts.length != ids.length) {
            revert ERC1155InvalidArrayLength(ids.length, accounts.length);
        }
        balances = new uint256[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) {
            balances[i] = balanceOf(accounts[i], ids[i]);
        }
    }

    /// @inheritdoc IERC1155
    function setApprovalForAll(address operator, bool approved) external {
        if (operator == address(0)) revert ERC1155InvalidOperator(operator);
        _approvals[msg.sender][operator] = approved;
        emit ApprovalForAll(msg.sender, operator, approved);
    }

    /// @inheritdoc IERC1155
    function isApprovedForAll(address account, address operator) public view returns (bool) {
        return _approvals[account][operator];
    }

    /// @inheritdoc IERC1155
    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) external {
        _mayMove(from, to);
        _update(from, to, id, value);
        emit TransferSingle(msg.sender, from, to, id, value);
        Receivers.accept(msg.sender, from, to, id, value, data);
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] calldata ids,
        uint256[] calldata values,
        bytes calldata data
    ) external {
        _mayMove(from, to);
        if (ids.length != values.length) {
            revert ERC1155InvalidArrayLength(ids.length, values.length);
        }
        for (uint256 i = 0; i < ids.length; ++i) {
            _update(from, to, ids[i], values[i]);
        }
        emit TransferBatch(msg.sender, from, to, ids, values);
        Receivers.acceptBatch(msg.sender, from, to, ids, values, data);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC1155).interfaceId
            || interfaceId == type(IERC1155MetadataURI).interfaceId
            || interfaceId == type(IERC5615).interfaceId;
    }

    /// @dev Creates a pass that never was; the Series' counters are the caller's work.
    function _create(address to, uint256 id, uint256 coolingEndsAt, uint256 transfers) internal {
        if (_passes[id] != 0) revert PassAlreadyMinted(id);
        _passes[id] = PassWord.create(to, coolingEndsAt, transfers);
    }

    /// @dev Every movement between accounts: passes obey the Terms and badges never move.
    function _update(address from, address to, uint256 id, uint256 value) internal {
        if (value == 0) revert ZeroQuantity(id);
        if (PassIds.isBadge(id)) revert BadgeSoulbound(id);
        if (!PassIds.isPass(id)) revert NotATokenId(id);
        uint256 pass_ = _passes[id];
        uint256 balance = from != address(0) && pass_.owner() == from ? 1 : 0;
        if (balance < value) revert ERC1155InsufficientBalance(from, balance, value, id);
        (, Document doc) = _read(uint64(id >> 32));
        PassRules.TransferCode code =
            PassRules.transfer(doc, pass_.transfers(), from == to, block.timestamp);
        if (code != PassRules.TransferCode.Open) revert TransferRefused(id, code, block.timestamp);
        _passes[id] = pass_.handed(to);
    }

    /// @dev Every end of a token: `msg.sender` gives up the live pass `id`, whose word is `pass_`,
    ///      which it may at any time.
    function _burn(uint256 id, uint256 pass_) internal {
        _passes[id] = pass_.burn();
        emit TransferSingle(msg.sender, msg.sender, address(0), id, 1);
    }

    function _mayMove(address from, address to) private view {
        if (to == address(0)) revert ERC1155InvalidReceiver(to);
        if (from != msg.sender && !_approvals[from][msg.sender]) {
            revert ERC1155MissingApprovalForAll(msg.sender, from);
        }
    }
}
