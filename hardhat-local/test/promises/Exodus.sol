// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HostileToken} from "./HostileToken.sol";
import {Mischief} from "./Mischief.sol";
import {PromiseBroken, vm} from "./Cheats.sol";
import {SeriesRecord} from "./Records.sol";

/// @title Exodus
/// @notice After the organizer has taken all that is free and called off whatever there is, all
///         holders take what they are owed, in any order, and every one is paid.
abstract contract Exodus is Mischief {
    /// @dev All were paid; it undoes that.
    error AllPaid();

    /// @notice Rehearses the end of the contract, at any moment, and goes on as if nothing was.
    function rehearse(uint256 seed) external step(seed) {
        uint256 time = block.timestamp;
        uint256 round = _pick(type(uint256).max);
        try this.allLeave(round) {}
        catch (bytes memory reason) {
            if (bytes4(reason) != AllPaid.selector) {
                assembly {
                    revert(add(reason, 32), mload(reason))
                }
            }
        }
        vm.warp(time); // time is not undone with the rest
        _count("rehearse the end");
    }

    /// @notice The end, undone at once.
    function allLeave(uint256 seed) external {
        if (msg.sender != address(this)) return;
        _pick(1 + seed % 7);
        _everybodyLeaves();
        revert AllPaid();
    }

    function _everybodyLeaves() internal {
        _calm = true;
        if (_rarely(2)) _turnGood();
        if (_rarely(2)) _jumpAhead();
        _squeeze();
        if (_rarely(2)) _jumpAhead();
        _payEverybody();
        _turnGood();
        _payEverybody();
        vm.warp(block.timestamp + 4_000 days); // later than any settlement
        _payEverybody();
        for (uint256 i = 0; i < _seriesIds.length; ++i) {
            uint64 series = _seriesIds[i];
            SeriesRecord storage record = _records[series];
            if (_free(series) != 0) _withdraw(series, _people[0]);
            if (_liveOf(record) == 0 && record.escrow) {
                _equal("nothing is left behind", series, pass.booksOf(series).escrow, 0);
            }
        }
        _calm = false;
    }

    /// @dev The organizer takes, calls off, and takes again.
    function _squeeze() private {
        uint256 mood = _pick(3);
        for (uint256 i = 0; i < _seriesIds.length; ++i) {
            uint64 series = _seriesIds[i];
            _withdraw(series, _people[0]);
            if (mood == 1 || (mood == 2 && _rarely(2))) _cancelAll(series);
            _withdraw(series, _people[0]);
        }
    }

    /// @dev In a random order, each to its own account or, if it takes no money, to another.
    function _payEverybody() private {
        uint256[] memory ids = _ids;
        for (uint256 i = 0; i < ids.length; ++i) {
            uint256 other = i + _pick(ids.length - i);
            (ids[i], ids[other]) = (ids[other], ids[i]);
            if (!_passes[ids[i]].burned) _pay(ids[i]);
        }
    }

    function _pay(uint256 id) private {
        SeriesRecord storage record = _records[_passes[id].series];
        address to = _passes[id].holder;
        (bool due, uint256 amount) = _owed(id);
        if (!_takes(to, record.currency, amount)) to = _people[_pick(PLAIN)];
        if (_drawable(id) != 0 && _rarely(2)) _draw(id, to);
        (due,) = _owed(id);
        if (due) _refund(id, to);
        else if (!record.escrow) _surrender(id);
    }

    function _turnGood() private {
        _turning.setManner(HostileToken.Manner.Good);
        _turning.setBlocked(address(pass), false);
        for (uint256 i = 0; i < _people.length; ++i) {
            _turning.setBlocked(_people[i], false);
        }
    }

    function _jumpAhead() private {
        uint256 edge = _edge(_anySeries()) - _pick(2);
        if (edge > block.timestamp) vm.warp(edge);
    }
}
