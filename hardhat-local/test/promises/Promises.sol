// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PassStanding, SeriesBooks, SeriesTerms} from "../../contracts/IEventPassTypes.sol";
import {PassIds} from "../../contracts/PassIds.sol";
import {PromiseBroken, vm} from "./Cheats.sol";
import {Exodus} from "./Exodus.sol";
import {PassRecord, SeriesRecord} from "./Records.sol";

/// @title Promises
/// @notice What must hold after every step: the contract's books against the records.
abstract contract Promises is Exodus {
    uint256 private constant LONGEST_PAUSE = 7 days;

    /// @notice Reverts with the promise that is broken.
    /// @param turn Whose passes are looked at this time, one by one; books are of all Series.
    function check(uint256 turn) external view {
        _checkAllBooks();
        _checkPasses(_seriesIds[turn % _seriesIds.length]);
    }

    /// @notice Reverts with the promise that is broken, all passes of all Series looked at.
    function checkAll() external view {
        _checkAllBooks();
        for (uint256 i = 0; i < _seriesIds.length; ++i) {
            _checkPasses(_seriesIds[i]);
        }
    }

    function _checkAllBooks() private view {
        for (uint256 i = 0; i < _seriesIds.length; ++i) {
            _checkBooks(_seriesIds[i]);
            _checkTerms(_seriesIds[i]);
        }
        _checkMoney();
        _checkBadges();
        _checkPowers();
    }

    /// @dev E = D - R - W, minted = live + refunded + surrendered, minted <= cap, and the organizer
    ///      leaves what holders can be owed.
    function _checkBooks(uint64 series) private view {
        SeriesRecord storage record = _records[series];
        SeriesBooks memory books = pass.booksOf(series);
        _equal("escrow = deposits - paid - withdrawn", series, books.escrow, _escrowOf(record));
        _equal("paid to live passes", series, books.paidToLive, record.paidToLive);
        _equal("minted once", series, books.minted, record.minted);
        _equal("burned", series, books.burned, record.refunded + record.surrendered);
        _equal("minted = live + burned", series, books.live, _liveOf(record));
        _equal("sale closes", series, books.saleClosesAt, record.closesAt);
        _equal("withdrawable is the rest", series, books.withdrawable, _free(series));
        if (books.minted > record.cap) {
            revert PromiseBroken("minted <= cap", series, books.minted, record.cap);
        }
        uint256 reserved = _reserved(series);
        if (books.escrow + books.paidToLive < reserved) {
            revert PromiseBroken("escrow covers the reserve", series, books.escrow, reserved);
        }
    }

    /// @dev Price, currency, guarantee and all other Terms are as sold; what changed was published.
    function _checkTerms(uint64 series) private view {
        SeriesRecord storage record = _records[series];
        SeriesTerms memory terms = pass.termsOf(series);
        terms.saleClosesAt = record.saleClosesAt; // may move earlier, see the books
        _equal("terms", series, uint256(keccak256(abi.encode(terms))), uint256(record.terms));
        bytes32 portions = keccak256(abi.encode(pass.portionsOf(series)));
        bytes32 expected = keccak256(abi.encode(record.portions));
        _equal("portions", series, uint256(portions), uint256(expected));
    }

    /// @dev The balance is the sum of all escrows per currency, and everybody has what they should.
    function _checkMoney() private view {
        for (uint256 i = 0; i < _currencies.length; ++i) {
            address currency = _currencies[i];
            uint256 sum = _gifts[currency];
            for (uint256 j = 0; j < _seriesIds.length; ++j) {
                SeriesRecord storage record = _records[_seriesIds[j]];
                if (record.currency == currency) sum += _escrowOf(record);
            }
            _equal("balance = sum of escrows", i, _balance(currency, address(pass)), sum);
            for (uint256 j = 0; j < _people.length; ++j) {
                address who = _people[j];
                uint256 balance = _balance(currency, who);
                _equal("paid exactly", uint160(who), balance, _purse[who][currency]);
            }
        }
    }

    function _checkBadges() private view {
        for (uint64 badge = 1; badge <= BADGES; ++badge) {
            uint256 id = PassIds.badgeId(badge);
            uint256 sum;
            for (uint256 i = 0; i < _people.length; ++i) {
                uint256 expected = _badges[badge][_people[i]];
                sum += expected;
                _equal("badges never move", badge, pass.balanceOf(_people[i], id), expected);
            }
            _equal("badges are counted", badge, pass.totalSupply(id), sum);
        }
    }

    function _checkPowers() private view {
        (uint256 until, uint256 from) = pass.pauseState();
        _equal("paused until", 0, until, _pausedUntil);
        _equal("pause again", 0, from, _pauseAllowedFrom);
        if (until > block.timestamp + LONGEST_PAUSE) {
            revert PromiseBroken("a pause ends by itself", 0, until, block.timestamp);
        }
        _equal("organizer", 0, uint160(pass.owner()), uint160(_organizer));
        _checkSigner(vm.addr(BOOK_KEY));
        _checkSigner(vm.addr(STOLEN_KEY));
        _checkSigner(vm.addr(UNKNOWN_KEY));
    }

    function _checkSigner(address signer) private view {
        (uint32 cap, uint32 window, uint256 left) = pass.signerOf(signer);
        _equal("signer's cap", uint160(signer), cap, _signers[signer].cap);
        _equal("signer's window", uint160(signer), window, _signers[signer].window);
        _equal("what a signer has left", uint160(signer), left, _leftOf(signer));
    }

    /// @dev Every pass is of its holder or gone for ever, and all together are payable now.
    function _checkPasses(uint64 series) private view {
        SeriesRecord storage record = _records[series];
        uint256 sum;
        for (uint256 i = 0; i < record.ids.length; ++i) {
            uint256 id = record.ids[i];
            _checkPass(id, _passes[id]);
            if (_passes[id].burned) continue;
            (, uint256 owed) = _quoted(id);
            _equal("drawOf says what the Terms owe", id, pass.drawOf(id), _drawable(id));
            sum += owed;
        }
        if (record.escrow && sum > _escrowOf(record)) {
            revert PromiseBroken("all are payable", series, _escrowOf(record), sum);
        }
        if (!record.escrow) return;
        uint256 next = PassIds.compose(series, record.minted + 1);
        try pass.passOf(next) {
            revert PromiseBroken("serials follow each other", next, 1, 0);
        } catch {}
    }

    function _checkPass(uint256 id, PassRecord storage expected) private view {
        PassStanding memory standing = pass.passOf(id);
        _equal("holder", id, uint160(standing.holder), uint160(expected.holder));
        _equal("gone for ever", id, standing.burned ? 1 : 0, expected.burned ? 1 : 0);
        _equal("transfers", id, standing.transfers, expected.transfers);
        _equal("supply", id, pass.totalSupply(id), expected.burned ? 0 : 1);
        if (expected.burned) return;
        _equal("balance", id, pass.balanceOf(expected.holder, id), 1);
        _equal("paid back", id, standing.paidBack, expected.paidBack);
        _equal("cooling-off", id, standing.coolingEndsAt, expected.coolingEndsAt);
    }

    function _balance(address currency, address who) private view returns (uint256) {
        return currency == address(0) ? who.balance : _tokenBalance(currency, who);
    }
}
