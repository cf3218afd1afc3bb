// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {vm} from "./Cheats.sol";
import {Buyers} from "./Buyers.sol";

/// @notice What was written down of a hot signer.
struct SignerRecord {
    uint32 cap;
    uint32 window;
    uint256 used;
    uint256 windowEndsAt;
}

/// @title HotSigners
/// @notice Keys that sign for the book, one of them stolen, and how much each may still admit.
abstract contract HotSigners is Buyers {
    uint256 internal constant BOOK_KEY = 0xB00C;
    uint256 internal constant STOLEN_KEY = 0x5701E4;
    uint256 internal constant UNKNOWN_KEY = 0xDEAD;

    mapping(address signer => SignerRecord) internal _signers;

    /// @dev Whether the signer may admit `quantity` more now. Windows follow each other: the first
    ///      use after one has ended opens the next.
    function _hasLeft(uint256 key, uint256 quantity) internal view returns (bool) {
        return quantity <= _leftOf(vm.addr(key)) && _signers[vm.addr(key)].cap != 0;
    }

    function _leftOf(address signer) internal view returns (uint256) {
        SignerRecord storage record = _signers[signer];
        return block.timestamp < record.windowEndsAt ? record.cap - record.used : record.cap;
    }

    function _recordAdmission(uint256 key, uint256 quantity) internal {
        SignerRecord storage record = _signers[vm.addr(key)];
        if (block.timestamp >= record.windowEndsAt) {
            record.used = 0;
            record.windowEndsAt = block.timestamp + record.window;
        }
        record.used += quantity;
    }

    function _recordSigner(address signer, uint32 cap, uint32 window) internal {
        _signers[signer] = SignerRecord(cap, window, 0, 0);
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The book's key or the stolen one, rarely one that nobody named.
    function _anyKey() internal returns (uint256) {
        if (_rarely(16)) return UNKNOWN_KEY;
        return _pick(2) == 0 ? BOOK_KEY : STOLEN_KEY;
    }
}
