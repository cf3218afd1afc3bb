// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeriesBooks} from "../../contracts/IEventPassTypes.sol";
import {PassRules} from "../../contracts/PassRules.sol";
import {PassRecord, SeriesRecord} from "./Records.sol";
import {PromiseBroken} from "./Cheats.sol";
import {StolenSigner} from "./StolenSigner.sol";

/// @title Holders
/// @notice Who holds a pass gives it up, or takes its share of what was cancelled; to any address,
///         paused or not.
abstract contract Holders is StolenSigner {
    /// @dev What refunds one by one would leave behind; it undoes them.
    error Apart(bytes32 state);

    error OnlyRehearsed();

    function refund(uint256 seed) external step(seed) {
        uint256 id = _anyPass();
        if (id != 0) _refund(id, _payee(_passes[id].holder));
    }

    function draw(uint256 seed) external step(seed) {
        uint256 id = _anyPass();
        for (uint256 i = _pick(24); i != 0 && id != 0 && _drawable(id) == 0; --i) {
            id = _anyPass();
        }
        if (id != 0) _draw(id, _payee(_passes[id].holder));
    }

    function surrender(uint256 seed) external step(seed) {
        uint256[] memory held = _passesOf(_anybody(), false, 1);
        if (held.length != 0) _surrender(held[0]);
        if (_rarely(4) && _anyPass() != 0) _surrender(_anyPass());
    }

    /// @notice Gives several passes up at once, of any Series; the same as one by one.
    function refundBatch(uint256 seed) external step(seed) {
        address holder = _anybody();
        uint256[] memory ids = _passesOf(holder, true, 1 + _pick(4));
        if (ids.length == 0) return;
        address to = _payee(holder);
        if (ids.length > 1 && _rarely(8)) ids[1] = ids[0]; // the second time nobody holds it
        bytes32 apart;
        bool must = true;
        _still = true;
        try this.refundApart(ids, holder, to) {}
        catch (bytes memory reason) {
            must = bytes4(reason) == Apart.selector;
            if (must) apart = bytes32(_tail(reason));
        }
        if (must) {
            for (uint256 i = 0; i < ids.length; ++i) {
                (, uint256 amount) = _owed(ids[i]);
                _recordRefund(ids[i], to, amount);
            }
        }
        bool ok = _guarded(holder, 0, abi.encodeCall(pass.refundBatch, (ids, to)));
        _still = false;
        _expect(ok, must, "refund a batch", ids[0]);
        if (ok && _fingerprint(ids, to) != apart) {
            revert PromiseBroken("refund of k is k refunds", ids[0], ids.length, 0);
        }
    }

    /// @notice Gives passes up one by one and undoes it, telling what came of it.
    function refundApart(uint256[] calldata ids, address holder, address to) external {
        if (msg.sender != address(this)) revert OnlyRehearsed();
        for (uint256 i = 0; i < ids.length; ++i) {
            bool ok = _guarded(holder, 0, abi.encodeCall(pass.refund, (ids[i], to)));
            if (!ok) revert OnlyRehearsed();
        }
        revert Apart(_fingerprint(ids, to));
    }

    function _refund(uint256 id, address to) internal {
        (bool due, uint256 amount) = _quoted(id);
        address holder = _passes[id].holder;
        address currency = _records[_passes[id].series].currency;
        bool must = _guards == 0 && due && _takes(to, currency, amount);
        if (must) _recordRefund(id, to, amount);
        bool ok = _guarded(holder, 0, abi.encodeCall(pass.refund, (id, to)));
        _expect(ok, must, "refund", id);
    }

    /// @dev What a live pass is owed, after the contract said the same.
    function _quoted(uint256 id) internal view returns (bool due, uint256 amount) {
        (due, amount) = _owed(id);
        (PassRules.RefundCode code, uint256 said) = pass.refundOf(id);
        bool pays = code != PassRules.RefundCode.Nothing;
        _equal("refundOf says what the Terms owe", id, said, amount);
        _equal("refundOf says whether it pays", id, pays ? 1 : 0, due ? 1 : 0);
    }

    function _draw(uint256 id, address to) internal {
        PassRecord storage held = _passes[id];
        uint256 amount = _drawable(id);
        _equal("drawOf says what the Terms owe", id, pass.drawOf(id), amount);
        bool must =
            _guards == 0 && amount != 0 && _takes(to, _records[held.series].currency, amount);
        if (must) _recordDraw(id, to, amount);
        bool ok = _guarded(held.holder, 0, abi.encodeCall(pass.draw, (id, to)));
        _expect(ok, must, "draw", id);
    }

    function _surrender(uint256 id) internal {
        address holder = _passes[id].holder;
        bool must = _guards == 0 && holder != address(0) && !_records[_passes[id].series].escrow;
        if (must) _recordSurrender(id);
        if (holder == address(0)) holder = _people[0];
        bool ok = _guarded(holder, 0, abi.encodeCall(pass.surrender, (id)));
        _expect(ok, must, "surrender", id);
    }

    /// @dev All that refunds of these passes can change.
    function _fingerprint(uint256[] memory ids, address to) private view returns (bytes32 print) {
        for (uint256 i = 0; i < ids.length; ++i) {
            SeriesRecord storage record = _records[uint64(ids[i] >> 32)];
            SeriesBooks memory books = pass.booksOf(uint64(ids[i] >> 32));
            uint256 paid = to.balance;
            if (record.currency != address(0)) paid = _tokenBalance(record.currency, to);
            print = keccak256(abi.encode(print, books, pass.passOf(ids[i]), paid));
        }
    }

    function _tokenBalance(address currency, address who) internal view returns (uint256 balance) {
        (bool ok, bytes memory answer) =
            currency.staticcall(abi.encodeWithSignature("balanceOf(address)", who));
        if (ok) balance = abi.decode(answer, (uint256));
    }

    /// @dev The word behind the selector.
    function _tail(bytes memory reason) private pure returns (uint256 word) {
        assembly {
            word := mload(add(reason, 36))
        }
    }
}
