// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Cheats.sol";
import {Organizer} from "./Organizer.sol";

/// @title Caretaker
/// @notice The organizer's other powers: pause, hot signers, currencies, handing the contract over.
abstract contract Caretaker is Organizer {
    uint256 private constant LONGEST = 7 days;
    uint256 private constant REST = 30 days;

    address internal _pending;

    /// @notice Pauses for up to 7 days, or tries for longer or too soon again.
    function pause(uint256 seed) external step(seed) {
        uint256 length = _rarely(4) ? LONGEST + 1 - _pick(2) : _pick(3 days);
        bool must = length != 0 && length <= LONGEST && block.timestamp >= _pauseAllowedFrom;
        if (must) {
            _pausedUntil = block.timestamp + length;
            _pauseAllowedFrom = _pausedUntil + REST;
        }
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.pause, (length)));
        _expect(ok, must, "pause", length);
    }

    function unpause(uint256 seed) external step(seed) {
        bool must = _isPaused();
        if (!must && !_rarely(3)) return;
        if (must) _pausedUntil = block.timestamp;
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.unpause, ()));
        _expect(ok, must, "unpause", block.timestamp);
    }

    /// @notice Names a key anew, with other limits or none.
    function setSigner(uint256 seed) external step(seed) {
        if (!_rarely(3)) return;
        address signer = vm.addr(_rarely(2) ? BOOK_KEY : STOLEN_KEY);
        uint32 cap = uint32(_rarely(6) ? 0 : 1 + _pick(9));
        uint32 window = uint32(_rarely(8) ? 0 : 1 + _pick(2 days));
        bool must = (cap == 0) == (window == 0);
        if (must) _recordSigner(signer, cap, window);
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.setSigner, (signer, cap, window)));
        _expect(ok, must, "name a signer", cap);
    }

    function setCurrency(uint256 seed) external step(seed) {
        address currency = _currencies[1 + _pick(_currencies.length - 1)];
        bool allowed = !_rarely(3);
        _listed[currency] = allowed;
        bool ok = _as(_organizer, 0, abi.encodeCall(pass.setCurrency, (currency, allowed)));
        _expect(ok, true, "list a currency", uint160(currency));
    }

    /// @notice Offers the contract, or takes what is offered; to plain accounts and plotters.
    function handOver(uint256 seed) external step(seed) {
        if (_rarely(2)) {
            _pending = _anybody();
            bool offered = _as(_organizer, 0, abi.encodeCall(pass.transferOwnership, (_pending)));
            _expect(offered, true, "offer the contract", uint160(_pending));
            return;
        }
        address who = _rarely(3) || _pending == address(0) ? _anybody() : _pending;
        bool must = who == _pending;
        if (must) (_organizer, _pending) = (who, address(0));
        bool ok = _as(who, 0, abi.encodeCall(pass.acceptOwnership, ()));
        _expect(ok, must, "take the contract", uint160(who));
    }
}
