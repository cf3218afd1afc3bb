// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clock} from "./Clock.sol";
import {HostileReceiver} from "./HostileReceiver.sol";
import {HostileToken} from "./HostileToken.sol";
import {PromiseBroken} from "./Cheats.sol";

/// @title Mischief
/// @notice Currencies and receivers change their manners, and plot in the middle of a call.
abstract contract Mischief is Clock {
    uint256 private constant DEEPEST = 2;
    uint256 private constant GAS_FOR_A_PLOT = 20_000_000;

    uint256 private _depth;

    /// @notice A receiver refuses tokens, money, both, or plots; mostly it plots.
    function changeReceiver(uint256 seed) external step(seed) {
        HostileReceiver.Manner manner = _rarely(4)
            ? HostileReceiver.Manner(_pick(4))
            : HostileReceiver.Manner.Plots;
        HostileReceiver(payable(_plotter())).set(manner, _rarely(4));
        _count("change a receiver");
    }

    /// @notice A currency turns bad, or good again.
    function changeCurrency(uint256 seed) external step(seed) {
        HostileToken.Manner manner =
            !_rarely(3) ? HostileToken.Manner.Good : HostileToken.Manner(_pick(8));
        _turning.setManner(manner);
        _count("change a currency");
    }

    /// @notice A currency blocks an account, rarely the contract itself, or lets it go.
    function blockAccount(uint256 seed) external step(seed) {
        address who = _rarely(6) ? address(pass) : _anybody();
        _turning.setBlocked(who, !_turning.blocked(who) && _rarely(2));
        _count("block an account");
    }

    /// @notice The good currency calls back too now and then; that is no harm.
    function ring(uint256 seed) external step(seed) {
        _good.setManner(HostileToken.Manner(_pick(3)));
        _count("ring");
    }

    /// @notice What hostile receivers and currencies call while the contract calls them.
    function reenter() external {
        if (!_isPlotter(msg.sender) || _depth == DEEPEST) return;
        if (_still || gasleft() < GAS_FOR_A_PLOT) return _poke();
        ++_depth;
        address who = _plotter();
        if (_calm || _rarely(2)) _breakIn(who);
        else _useTheMoment(who);
        --_depth;
        _count(_guards == 0 ? "plot" : "plot under guard");
    }

    /// @dev All that is guarded: admitted as ever in a transfer, refused in everything else.
    function _breakIn(address who) private {
        uint256 kind = _pick(6);
        uint256[] memory held = _passesOf(who, kind != 2, 1);
        uint256 id = held.length == 0 ? 0 : held[0];
        if (kind == 0 && id != 0) _refund(id, who);
        if (kind == 1 && id != 0) _draw(id, who);
        if (kind == 2 && id != 0) _surrender(id);
        if (kind == 3) _buy(_anySeries(), 1, who, who);
        if (kind == 4) {
            _claim(_claimOf(_externalSeries(), uint32(1 + _pick(6))), _anyKey(), "claim");
        }
        if (kind == 5) _withdraw(_anySeries(), who);
    }

    /// @dev All that needs no guard.
    function _useTheMoment(address who) private {
        uint256 kind = _pick(4);
        uint256[] memory held = _passesOf(who, !_rarely(3), 1);
        if (kind < 2 && held.length != 0) _hand(held[0], who, _anybody());
        if (kind == 2 && _rarely(4)) _cancel(_anySeries(), _pick(4));
        if (kind == 3 && _rarely(16)) _cancelAll(_anySeries());
    }

    /// @dev With little gas, the least of it: nothing guarded is admitted here, whoever holds it.
    function _poke() private {
        if (_guards == 0) return;
        for (uint256 i = 0; i < _ids.length; ++i) {
            address holder = _passes[_ids[i]].holder;
            if (holder.code.length == 0) continue;
            bool ok = _as(holder, 0, abi.encodeCall(pass.refund, (_ids[i], holder)));
            if (ok) revert PromiseBroken("guarded", _ids[i], 1, 0);
            return;
        }
    }
}
