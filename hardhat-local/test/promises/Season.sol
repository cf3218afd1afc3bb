// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {vm} from "./Cheats.sol";
import {Promises} from "./Promises.sol";
import {TermsMaker} from "./TermsMaker.sol";

/// @title Season
/// @notice Everybody together, and the Series that are there from the beginning.
contract Season is Promises {
    using TermsMaker for SeriesTerms;

    bytes4[] private _actions;

    constructor() {
        _addHolders();
        _addOrganizer();
        _addHostile();
        for (uint256 i = 1; i < _currencies.length; ++i) {
            _listed[_currencies[i]] = true;
            _as(_organizer, 0, abi.encodeCall(pass.setCurrency, (_currencies[i], true)));
        }
        _open(1, TermsMaker.chosen(START, 10_000, 1 days, 7 days, 1_000_000_007), 0);
        _open(2, TermsMaker.chosen(START, 3_333, 14 days, 3 days, 9_999), 0);
        _open(3, TermsMaker.chosen(START, 0, 0, 0, 77_777_777_777), 0);
        _open(4, TermsMaker.chosen(START, 5_000, 2 days, 5 days, 1_000_003), 1);
        _open(5, TermsMaker.chosen(START, 10_000, 1 days, 2 days, 999_983), 2);
        SeriesTerms memory terms = TermsMaker.chosen(START, 7_500, 0, 3 days, 65_537);
        terms.ticketed = true;
        _open(6, terms, 1);
        terms = TermsMaker.chosen(START, 10_000, 3 days, 3 days, 0);
        terms.ticketed = true;
        _open(7, terms, 0); // free of charge
        _open(8, TermsMaker.chosen(START, 0, 0, 0, 0).external_(), 0);
        _name(BOOK_KEY, 12, 1 days);
        _name(STOLEN_KEY, 3, 6 hours);
        _nameElsewhere();
    }

    /// @notice Returns all that may happen, what matters for money several times.
    function actions() external view returns (bytes4[] memory) {
        return _actions;
    }

    /// @notice The end of the season, for good.
    function end(uint256 seed) external step(seed) {
        _everybodyLeaves();
    }

    function _open(uint64 series, SeriesTerms memory terms, uint256 currency) private {
        terms.currency = _currencies[currency];
        _create(series, terms, "open the season");
    }

    function _name(uint256 key, uint32 cap, uint32 window) private {
        address signer = vm.addr(key);
        _recordSigner(signer, cap, window);
        _as(_organizer, 0, abi.encodeCall(pass.setSigner, (signer, cap, window)));
    }

    /// @dev The other clone has the same keys and the same external Series.
    function _nameElsewhere() private {
        _other.setSigner(vm.addr(BOOK_KEY), 1_000_000, 1 days);
        _other.setSigner(vm.addr(STOLEN_KEY), 1_000_000, 1 days);
        _other.createSeries(8, TermsMaker.chosen(START, 0, 0, 0, 0).external_());
    }

    function _addHolders() private {
        _add(this.buy.selector, 8);
        _add(this.buyWithTicket.selector, 3);
        _add(this.buyWithAuthorization.selector, 3);
        _add(this.claim.selector, 3);
        _add(this.claimBatch.selector, 1);
        _add(this.refund.selector, 3);
        _add(this.refundBatch.selector, 2);
        _add(this.draw.selector, 6);
        _add(this.surrender.selector, 1);
        _add(this.hand.selector, 3);
        _add(this.handBatch.selector, 2);
        _add(this.approve.selector, 1);
        _add(this.renounceBadge.selector, 2);
    }

    function _addOrganizer() private {
        _add(this.withdraw.selector, 5);
        _add(this.cancelPortion.selector, 5);
        _add(this.cancelSeries.selector, 1);
        _add(this.movePortion.selector, 3);
        _add(this.closeSale.selector, 2);
        _add(this.createSeries.selector, 2);
        _add(this.pause.selector, 2);
        _add(this.unpause.selector, 3);
        _add(this.setSigner.selector, 2);
        _add(this.setCurrency.selector, 1);
        _add(this.handOver.selector, 2);
        _add(this.awardBadge.selector, 2);
        _add(this.wait.selector, 5);
        _add(this.jump.selector, 9);
        _add(this.rehearse.selector, 1);
    }

    function _addHostile() private {
        _add(this.buyAgain.selector, 1);
        _add(this.plunder.selector, 1);
        _add(this.plunderAtOnce.selector, 1);
        _add(this.forge.selector, 1);
        _add(this.misuse.selector, 1);
        _add(this.moveBadge.selector, 1);
        _add(this.trespass.selector, 2);
        _add(this.steal.selector, 3);
        _add(this.donate.selector, 1);
        _add(this.changeReceiver.selector, 1);
        _add(this.changeCurrency.selector, 1);
        _add(this.blockAccount.selector, 1);
        _add(this.ring.selector, 1);
    }

    function _add(bytes4 action, uint256 times) private {
        for (uint256 i = 0; i < times; ++i) {
            _actions.push(action);
        }
    }
}
