// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeriesRecord} from "./Records.sol";
import {Formula} from "./Formula.sol";

/// @title Buyers
/// @notice Sales that are open to everybody, in every currency.
abstract contract Buyers is Formula {
    function buy(uint256 seed) external step(seed) {
        _buy(_openSeries(), _few(), _anybody(), _anybody());
    }

    function _buy(uint64 series, uint32 quantity, address payer, address to) internal {
        SeriesRecord storage record = _records[series];
        uint256 cost = uint256(record.price) * quantity;
        bool must = _sells(series, quantity, to) && !record.ticketed
            && _pays(payer, record.currency, cost);
        uint256 value = _fund(payer, record.currency, cost);
        if (value != 0 && _rarely(16)) (value, must) = (value - 1, false);
        if (must) _recordSale(series, quantity, payer, to);
        bool ok = _guarded(payer, value, abi.encodeCall(pass.buy, (series, quantity, to)));
        _expect(ok, must, "buy", series);
    }

    /// @dev A Series whose sale is open, if a few throws find one.
    function _openSeries() internal returns (uint64 series) {
        series = _anySeries();
        for (uint256 i = 0; i < 3 && block.timestamp >= _records[series].closesAt; ++i) {
            series = _anySeries();
        }
    }

    function _few() internal returns (uint32) {
        return uint32(_rarely(16) ? 0 : 1 + _pick(3));
    }

    /// @dev Whether so many passes are for sale to `to` now. An open sale is refused to nobody.
    function _sells(uint64 series, uint256 quantity, address to) internal view returns (bool) {
        SeriesRecord storage record = _records[series];
        uint256 escrow = _escrowOf(record) + record.price * quantity;
        return _guards == 0 && !_isPaused() && record.escrow && block.timestamp < record.closesAt
            && quantity != 0 && record.minted + quantity <= record.cap && _welcomes(to)
            && escrow <= type(uint96).max;
    }
}
