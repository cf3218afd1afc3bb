// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/interfaces/IERC20.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {CodeStorage} from "./CodeStorage.sol";
import {IEventPassErrors} from "./IEventPassErrors.sol";
import {IEventPassEvents} from "./IEventPassEvents.sol";
import {SeriesCode} from "./SeriesCode.sol";
import {Document, PassWords} from "./SeriesDocument.sol";
import {PassWord, SeriesWord} from "./StateWords.sol";

/// @notice Settings that sale and claim read, in one slot.
struct Settings {
    uint40 pausedUntil;
    uint40 pauseAllowedFrom;
    uint24 seriesCount;
}

/// @notice How much a hot signer may admit, in one slot; a cap of 0 is nothing.
/// @dev Windows follow each other: the first use after one has ended opens the next.
struct Signer {
    uint32 cap;
    uint32 window;
    uint32 used;
    uint40 windowEndsAt;
}

/// @title EventPassState
/// @notice Storage of a clone, and who its organizer is.
/// @dev {EventPass} and {EventPassDesk} both run on it, so all storage is declared here and nowhere
///      else.
abstract contract EventPassState is
    IEventPassErrors,
    IEventPassEvents,
    IERC1155Errors,
    ReentrancyGuardTransient
{
    using PassWords for Document;
    using SeriesWord for uint256;

    /// @dev Where {EventPassFactory} puts the immutable arguments of a clone.
    uint256 private constant ARG_OWNER = 0;
    uint256 private constant ARG_ORGANIZER = 20;
    uint256 private constant ARG_NAME = 36;
    uint256 private constant ARG_SYMBOL = 68;
    uint256 private constant ARG_END = 84;

    /// @dev The code of an ERC-1167 clone, before its arguments.
    uint256 private constant CLONE = 45;

    mapping(uint64 series => uint256 word) internal _series;
    mapping(uint256 id => uint256 word) internal _passes;
    mapping(uint64 series => uint256) internal _paidToLive;
    mapping(uint64 series => mapping(uint256 index => uint256)) internal _movedPortions;
    mapping(uint256 badge => mapping(address account => uint256)) internal _badges;
    mapping(uint256 badge => uint256) internal _badgeSupply;
    mapping(address account => mapping(address operator => bool)) internal _approvals;
    mapping(address signer => Signer) internal _signers;
    mapping(uint256 nonce => bool) internal _spentTickets;
    mapping(address currency => bool) internal _currencies;
    Settings internal _settings;
    address internal _owner;
    address internal _pendingOwner;

    modifier onlyOwner() {
        _checkOwner();
        _;
    }

    modifier whenNotPaused() {
        uint256 until = _settings.pausedUntil;
        if (block.timestamp < until) revert Paused(until);
        _;
    }

    /// @dev The account in the clone's code until it hands the contract over.
    function _organizer() internal view returns (address) {
        address taken = _owner;
        return taken == address(0) ? address(bytes20(_arg(ARG_OWNER, ARG_ORGANIZER))) : taken;
    }

    function _organizerId() internal view returns (bytes16) {
        return bytes16(_arg(ARG_ORGANIZER, ARG_NAME));
    }

    function _nameArg() internal view returns (bytes32) {
        return _arg(ARG_NAME, ARG_SYMBOL);
    }

    function _symbolArg() internal view returns (bytes32) {
        return _arg(ARG_SYMBOL, ARG_END);
    }

    function _checkOwner() internal view {
        if (msg.sender != _organizer()) revert NotOwner(msg.sender);
    }

    /// @dev Returns the state of a Series and its rules as they stand.
    function _read(uint64 series) internal view returns (uint256 state, Document doc) {
        state = _series[series];
        uint256 nonce = state.nonce();
        if (nonce == 0) revert UnknownSeries(series);
        doc = SeriesCode.read(CodeStorage.addressOf(address(this), nonce));
        uint256 cancelled = state.cancelled();
        uint256 moved = state.moved();
        if (cancelled | moved != 0) _layOver(series, doc, cancelled, moved);
    }

    /// @dev Returns a live pass with its Series.
    function _readPass(uint256 id)
        internal
        view
        returns (uint64 series, uint256 pass_, uint256 state, Document doc)
    {
        pass_ = _passes[id];
        if (pass_ & PassWord.LIVE == 0) revert UnknownPass(id);
        series = uint64(id >> 32); // only composed ids ever live
        (state, doc) = _read(series);
    }

    function _isEscrow(Document doc) internal pure returns (bool) {
        return doc.ruleWord() & PassWords.ESCROW != 0;
    }

    /// @dev Returns what this contract holds of an ERC-20, asked in scratch memory: every payment
    ///      asks twice.
    function _held(address currency) internal view returns (uint256 held) {
        bytes4 selector = IERC20.balanceOf.selector;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, address())
            let done := staticcall(gas(), currency, 0, 36, 0, 32)
            if iszero(and(done, gt(returndatasize(), 31))) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
            held := mload(0)
        }
    }

    /// @dev Lays moves and cancellations over the Portions.
    function _layOver(uint64 series, Document doc, uint256 cancelled, uint256 moved) private view {
        if (moved != 0) doc.setMoved();
        for (uint256 i = 0; (cancelled | moved) >> i != 0; ++i) {
            uint256 portion = (moved >> i) & 1 != 0 ? _movedPortions[series][i] : doc.portionAt(i);
            if ((cancelled >> i) & 1 != 0) portion |= PassWords.CANCELLED;
            doc.setPortion(i, portion);
        }
    }

    /// @dev Returns argument bytes [start, end), left-aligned; zero on what is no clone of ours.
    function _arg(uint256 start, uint256 end) private view returns (bytes32 word) {
        if (address(this).code.length != CLONE + ARG_END) return 0;
        uint256 skip = CLONE + start;
        assembly ("memory-safe") {
            mstore(0, 0)
            extcodecopy(address(), 0, skip, sub(end, start))
            word := mload(0)
        }
    }
}
