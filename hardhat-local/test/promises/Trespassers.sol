// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claims} from "../../contracts/Claims.sol";
import {SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {Caretaker} from "./Caretaker.sol";
import {TermsMaker} from "./TermsMaker.sol";

/// @title Trespassers
/// @notice Whoever tries what only others may: a stranger as organizer, anybody with another
///         holder's pass. The organizer is nobody special there, nor is an approved operator.
abstract contract Trespassers is Caretaker {
    function trespass(uint256 seed) external step(seed) {
        address who = _anybody();
        if (who == _organizer || who == _pending) return;
        uint256 kind = _pick(12);
        bool ok = _as(who, 0, _organizersCall(kind, who, _anySeries()));
        _expect(ok, false, "trespass", kind);
    }

    /// @notice Gives up, draws or moves a pass of somebody else.
    function steal(uint256 seed) external step(seed) {
        uint256 id = _anyPass();
        for (uint256 i = 0; i < 8 && id != 0 && _drawable(id) == 0; ++i) {
            id = _anyPass();
        }
        address thief = _rarely(2) ? _organizer : _anybody();
        if (id == 0 || thief == _passes[id].holder) return;
        uint256 kind = _pick(2) == 0 ? 0 : _worthwhile(id);
        if (kind == 0 && _approved[_passes[id].holder][thief]) return;
        bool ok = _as(thief, 0, _holdersCall(kind, id, thief));
        _expect(ok, false, "steal", id);
    }

    /// @dev Money that nobody is owed stays: it is no reason to pay more.
    function donate(uint256 seed) external step(seed) {
        uint256 which = 1 + _pick(_currencies.length - 1);
        uint256 value = _pick(1_000);
        address token = _currencies[which];
        _gifts[token] += value;
        (bool ok,) =
            token.call(abi.encodeWithSignature("mint(address,uint256)", address(pass), value));
        _expect(ok, true, "donate", which);
    }

    /// @dev What a thief would gain most by: a draw, a refund, or the end of a claimed pass.
    function _worthwhile(uint256 id) private view returns (uint256) {
        if (!_records[_passes[id].series].escrow) return 3;
        return _drawable(id) != 0 ? 2 : 1;
    }

    function _organizersCall(uint256 kind, address who, uint64 series)
        private
        view
        returns (bytes memory)
    {
        if (kind == 0) return abi.encodeCall(pass.withdraw, (series, _free(series), who));
        if (kind == 1) return abi.encodeCall(pass.cancelSeries, (series));
        if (kind == 2) return abi.encodeCall(pass.cancelPortion, (series, 0));
        if (kind == 3) return abi.encodeCall(pass.closeSale, (series, uint40(block.timestamp)));
        if (kind == 4) return abi.encodeCall(pass.setSigner, (who, 9, 9));
        if (kind == 5) return abi.encodeCall(pass.setCurrency, (who, true));
        if (kind == 6) return abi.encodeCall(pass.pause, (1));
        if (kind == 7) return abi.encodeCall(pass.unpause, ());
        if (kind == 8) return abi.encodeCall(pass.awardBadge, (1, who, 1));
        if (kind == 9) return abi.encodeCall(pass.transferOwnership, (who));
        if (kind == 10) return abi.encodeCall(pass.acceptOwnership, ());
        SeriesTerms memory terms = TermsMaker.any(block.timestamp, block.timestamp);
        return abi.encodeCall(pass.createSeries, (type(uint64).max, terms));
    }

    function _holdersCall(uint256 kind, uint256 id, address thief)
        private
        view
        returns (bytes memory)
    {
        if (kind == 1) return abi.encodeCall(pass.refund, (id, thief));
        if (kind == 2) return abi.encodeCall(pass.draw, (id, thief));
        if (kind == 3) return abi.encodeCall(pass.surrender, (id));
        address holder = _passes[id].holder;
        return abi.encodeCall(pass.safeTransferFrom, (holder, thief, id, 1, ""));
    }
}
