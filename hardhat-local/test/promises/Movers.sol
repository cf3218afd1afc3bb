// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassIds} from "../../contracts/PassIds.sol";
import {Holders} from "./Holders.sol";
import {PassRecord} from "./Records.sol";

/// @title Movers
/// @notice Passes change hands as the Terms say, paused or not; badges never do.
abstract contract Movers is Holders {
    mapping(address account => mapping(address operator => bool)) internal _approved;
    mapping(uint64 badge => mapping(address account => uint256)) internal _badges;
    uint64 internal constant BADGES = 2;

    function hand(uint256 seed) external step(seed) {
        uint256 id = _anyPass();
        if (id == 0) return;
        address holder = _passes[id].holder;
        _hand(id, _rarely(6) ? _anybody() : holder, _rarely(16) ? address(0) : _anybody());
    }

    function handBatch(uint256 seed) external step(seed) {
        address from = _anybody();
        uint256[] memory ids = _passesOf(from, !_rarely(3), 1 + _pick(3));
        if (ids.length == 0) return;
        address to = _anybody();
        bool must = from != to && _welcomes(to);
        for (uint256 i = 0; i < ids.length; ++i) {
            (bool open,) = pass.canTransfer(ids[i]);
            must = must && open;
        }
        if (must) {
            for (uint256 i = 0; i < ids.length; ++i) {
                _recordHandover(ids[i], to);
            }
        }
        uint256[] memory ones = new uint256[](ids.length);
        for (uint256 i = 0; i < ones.length; ++i) {
            ones[i] = 1;
        }
        bool ok =
            _as(from, 0, abi.encodeCall(pass.safeBatchTransferFrom, (from, to, ids, ones, "")));
        _expect(ok, must, "transfer a batch", ids[0]);
    }

    function approve(uint256 seed) external step(seed) {
        (address account, address operator, bool yes) = (_anybody(), _anybody(), _rarely(2));
        _approved[account][operator] = yes;
        bool ok = _as(account, 0, abi.encodeCall(pass.setApprovalForAll, (operator, yes)));
        _expect(ok, true, "approve", uint160(account));
    }

    function awardBadge(uint256 seed) external step(seed) {
        uint64 badge = uint64(1 + _pick(BADGES));
        (address to, uint256 amount) = (_anybody(), _pick(4));
        bool must = _guards == 0 && amount != 0 && _welcomes(to);
        if (must) _badges[badge][to] += amount;
        bool ok = _guarded(_organizer, 0, abi.encodeCall(pass.awardBadge, (badge, to, amount)));
        _expect(ok, must, "award a badge", badge);
    }

    function renounceBadge(uint256 seed) external step(seed) {
        uint64 badge = uint64(1 + _pick(BADGES));
        (address holder, uint256 amount) = (_anybody(), _pick(3));
        for (uint256 i = 0; i < _people.length && _badges[badge][holder] == 0; ++i) {
            holder = _people[i];
        }
        bool must = amount != 0 && amount <= _badges[badge][holder];
        if (must) _badges[badge][holder] -= amount;
        bool ok = _as(holder, 0, abi.encodeCall(pass.renounceBadge, (badge, amount)));
        _expect(ok, must, "renounce a badge", badge);
    }

    /// @notice Nobody moves a badge: not its holder, not an operator, not among passes.
    function moveBadge(uint256 seed) external step(seed) {
        uint64 badge = uint64(1 + _pick(BADGES));
        address from = _anybody();
        for (uint256 i = 0; i < _people.length && _badges[badge][from] == 0; ++i) {
            from = _people[i];
        }
        uint256[] memory ids = new uint256[](1);
        uint256[] memory ones = new uint256[](1);
        (ids[0], ones[0]) = (PassIds.badgeId(badge), 1);
        (address by, address to) = (_rarely(3) ? _anybody() : from, _anybody());
        bool ok = _as(
            by,
            0,
            _rarely(2)
                ? abi.encodeCall(pass.safeTransferFrom, (from, to, ids[0], 1, ""))
                : abi.encodeCall(pass.safeBatchTransferFrom, (from, to, ids, ones, ""))
        );
        _expect(ok, false, "move a badge", badge);
    }

    function _hand(uint256 id, address by, address to) internal {
        PassRecord storage moved = _passes[id];
        address from = moved.holder;
        (bool open,) = pass.canTransfer(id);
        uint256 value = _rarely(24) ? 2 * _pick(2) : 1;
        bool must = open && from != to && value == 1 && _welcomes(to)
            && (by == from || _approved[from][by]);
        if (must) _recordHandover(id, to);
        bool ok = _as(by, 0, abi.encodeCall(pass.safeTransferFrom, (from, to, id, value, "")));
        _expect(ok, must, "transfer", id);
    }
}
