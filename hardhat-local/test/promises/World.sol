// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CodeStore} from "../../contracts/CodeStorage.sol";
import {EventPass} from "../../contracts/EventPass.sol";
import {EventPassDesk} from "../../contracts/EventPassDesk.sol";
import {EventPassFactory} from "../../contracts/EventPassFactory.sol";
import {IEventPass} from "../../contracts/IEventPass.sol";
import {IPlot, PromiseBroken, vm} from "./Cheats.sol";
import {HostileReceiver} from "./HostileReceiver.sol";
import {HostileToken} from "./HostileToken.sol";

/// @title World
/// @notice A clone, a second one, currencies, people, and dice.
/// @dev Whoever acts says first whether the contract must agree, writes that down, calls, and
///      compares. All that is written is written before the call, so that a receiver who calls back
///      in the middle of it meets the same books as in the contract.
abstract contract World is IPlot {
    uint256 public constant START = 1_800_000_000;
    uint256 internal constant PLAIN = 4;
    uint256 internal constant HOSTILE = 2;

    IEventPass public pass;
    IEventPass internal _other; // of another organizer
    HostileToken internal _good;
    HostileToken internal _turning;
    address internal _organizer;

    /// @dev Plain accounts first, then contracts that plot.
    address[] internal _people;
    /// @dev ETH (zero) first.
    address[] internal _currencies;
    /// @dev What everybody must have, per currency.
    mapping(address who => mapping(address currency => uint256)) internal _purse;
    /// @dev What was sent to the contract outside of any sale.
    mapping(address currency => uint256) internal _gifts;

    /// @notice How often each kind of action happened.
    mapping(string action => uint256) public done;

    string[] private _kinds;

    /// @dev Calls under way that the contract guards against re-entry.
    uint256 internal _guards;
    /// @dev Plots may only try what is guarded: a batch must come out as predicted.
    bool internal _calm;
    /// @dev Plots may change nothing at all here: two ways of the same are compared.
    bool internal _still;
    uint256 private _dice;
    bytes private _accusation;

    modifier step(uint256 seed) {
        _dice = uint256(keccak256(abi.encode(_dice, seed)));
        _;
        bytes memory reason = _accusation;
        if (reason.length != 0) {
            assembly {
                revert(add(reason, 32), mload(reason))
            }
        }
    }

    constructor() {
        vm.warp(START);
        vm.deal(address(this), type(uint128).max);
        address base = new CodeStore("https://example.org/o/").stored();
        EventPass code = new EventPass(address(new EventPassDesk(base)));
        EventPassFactory factory = new EventPassFactory(address(code));
        _organizer = address(0x0123456789);
        pass = IEventPass(factory.create(bytes16(uint128(1)), _organizer, "Nights", "NGT"));
        _other = IEventPass(factory.create(bytes16(uint128(2)), address(this), "Days", "DAY"));
        for (uint256 i = 0; i < PLAIN; ++i) {
            _people.push(vm.addr(uint256(keccak256(abi.encode(this, i)))));
        }
        for (uint256 i = 0; i < HOSTILE; ++i) {
            HostileReceiver plotter = new HostileReceiver(this);
            plotter.set(HostileReceiver.Manner.Plots, false);
            _people.push(address(plotter));
        }
        _good = new HostileToken(this);
        _turning = new HostileToken(this);
        _currencies = [address(0), address(_good), address(_turning)];
    }

    /// @notice Returns every kind of action that happened.
    function kinds() external view returns (string[] memory) {
        return _kinds;
    }

    /// @notice A hostile contract found a promise broken while it was asked.
    /// @dev Without a reason it just ran out of gas.
    function accuse(bytes calldata reason) external {
        if (_isPlotter(msg.sender) && reason.length != 0) _accusation = reason;
    }

    /// @dev Calls the contract as `who`.
    function _as(address who, uint256 value, bytes memory data) internal returns (bool ok) {
        if (who.code.length != 0) {
            return HostileReceiver(payable(who)).act(address(pass), value, data);
        }
        vm.prank(who);
        (ok,) = address(pass).call{value: value}(data);
    }

    /// @dev Calls what is guarded; nobody gets in while another such call is under way.
    function _guarded(address who, uint256 value, bytes memory data) internal returns (bool ok) {
        bool inside = _guards != 0;
        ++_guards;
        ok = _as(who, value, data);
        --_guards;
        if (inside && ok) revert PromiseBroken("guarded", uint160(who), 1, 0);
    }

    /// @dev Compares what happened with what had to, and counts it.
    function _expect(bool ok, bool must, string memory action, uint256 subject) internal {
        if (ok != must) {
            revert PromiseBroken(
                string.concat(action, ok ? ": admitted" : ": refused"),
                subject,
                ok ? 1 : 0,
                must ? 1 : 0
            );
        }
        _count(ok ? action : string.concat(action, ": refused"));
    }

    function _count(string memory action) internal {
        if (done[action] == 0) _kinds.push(action);
        ++done[action];
    }

    function _equal(string memory what, uint256 subject, uint256 seen, uint256 expected)
        internal
        pure
    {
        if (seen != expected) revert PromiseBroken(what, subject, seen, expected);
    }

    /// @dev Gives `payer` what a sale costs; returns the ETH to send along.
    function _fund(address payer, address currency, uint256 cost) internal returns (uint256) {
        _purse[payer][currency] += cost;
        if (currency == address(0)) {
            // Real money: what a cheat gives is not taken back when a call around it is undone.
            bytes memory fund = abi.encodeCall(HostileReceiver.fund, ());
            (bool ok,) = payer.call{value: cost}(payer.code.length == 0 ? bytes("") : fund);
            assert(ok);
            return cost;
        }
        HostileToken(currency).mint(payer, cost);
        HostileToken(currency).allow(payer, address(pass), cost);
        return 0;
    }

    /// @dev Whether exactly the price can arrive from `payer`.
    function _pays(address payer, address currency, uint256 cost) internal view returns (bool) {
        if (currency == address(0)) return true;
        if (cost == 0) return true;
        return HostileToken(currency).moves(payer, address(pass));
    }

    /// @dev Whether `amount` can be paid to `to`.
    function _takes(address to, address currency, uint256 amount) internal view returns (bool) {
        if (to == address(0)) return false;
        if (amount == 0) return true;
        if (to == address(pass)) return false;
        if (currency != address(0)) return HostileToken(currency).leaves(address(pass), to);
        return to.code.length == 0 || !HostileReceiver(payable(to)).refusesMoney();
    }

    /// @dev Writes down that `to` gets `amount`, less what the currency keeps.
    function _gets(address to, address currency, uint256 amount) internal {
        if (currency != address(0)) amount = HostileToken(currency).afterFee(amount);
        _purse[to][currency] += amount;
    }

    /// @dev Whether `to` can be given a token.
    function _welcomes(address to) internal view returns (bool) {
        if (to == address(0)) return false;
        return to.code.length == 0 || HostileReceiver(payable(to)).takesTokens();
    }

    /// @dev Returns the next throw: 0 to `count` - 1.
    function _pick(uint256 count) internal returns (uint256) {
        _dice = uint256(keccak256(abi.encode(_dice)));
        return _dice % count;
    }

    /// @dev Returns true once in `count` times.
    function _rarely(uint256 count) internal returns (bool) {
        return _pick(count) == 0;
    }

    function _anybody() internal returns (address) {
        return _people[_pick(_people.length)];
    }

    function _plotter() internal returns (address) {
        return _people[PLAIN + _pick(HOSTILE)];
    }

    /// @dev Mostly `holder`, sometimes somebody else, nobody, or the contract itself.
    function _payee(address holder) internal returns (address) {
        uint256 pick = _pick(16);
        if (pick == 0) return address(0);
        if (pick == 1) return address(pass);
        return pick < 6 ? _anybody() : holder;
    }

    function _isPlotter(address who) internal view returns (bool) {
        for (uint256 i = PLAIN; i < _people.length; ++i) {
            if (_people[i] == who) return true;
        }
        return who == address(_good) || who == address(_turning);
    }
}
