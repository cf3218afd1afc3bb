// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CodeStore} from "../contracts/CodeStorage.sol";
import {EventPass} from "../contracts/EventPass.sol";
import {EventPassDesk} from "../contracts/EventPassDesk.sol";
import {EventPassFactory} from "../contracts/EventPassFactory.sol";
import {IEventPass} from "../contracts/IEventPass.sol";
import {
    PortionStanding,
    PortionTerms,
    RefundStep,
    SeriesBooks,
    SeriesTerms
} from "../contracts/IEventPassTypes.sol";
import {PassIds} from "../contracts/PassIds.sol";
import {PassRules} from "../contracts/PassRules.sol";

interface Vm {
    function warp(uint256 time) external;
    function prank(address sender) external;
    function deal(address account, uint256 balance) external;
}

/// @title EventPassHandler
/// @notice Buyers, holders and a greedy organizer, who do everything allowed in any order, with
///         jumps in time onto every edge and the second before it.
contract EventPassHandler {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 public constant START = 1_800_000_000;
    uint256 public constant SERIES_COUNT = 3;
    uint32 public constant CAP = 6; // few, so that a sale sells out within one run
    uint256 internal constant DAY = 1 days;

    error PromiseBroken(string what, uint256 id, uint256 amount);

    IEventPass public pass;
    uint256[] public ids;
    mapping(uint64 => uint256) public deposits;
    mapping(uint64 => uint256) public paidOut;
    mapping(uint64 => uint256) public withdrawn;
    mapping(uint256 id => uint256) public paidBack;
    mapping(bytes32 action => uint256) public done;

    constructor() {
        vm.warp(START);
        address base = new CodeStore("https://example.org/o/").stored();
        EventPass code = new EventPass(address(new EventPassDesk(base)));
        EventPassFactory factory = new EventPassFactory(address(code));
        pass = IEventPass(factory.create(bytes16(uint128(1)), address(this), "Nights", "NGT"));
        pass.createSeries(1, _terms(10_000, 1 days, 7 days, 1_000_000_007));
        pass.createSeries(2, _terms(3_333, 14 days, 3 days, 9_999));
        pass.createSeries(3, _terms(0, 0, 0, 77_777_777_777));
    }

    receive() external payable {}

    function count() external view returns (uint256) {
        return ids.length;
    }

    function buy(uint256 seed, uint256 quantity) external {
        uint64 series = _series(seed);
        quantity = 1 + quantity % 3;
        address buyer = actor(seed >> 8);
        uint256 cost = pass.termsOf(series).price * quantity;
        SeriesBooks memory before = pass.booksOf(series);
        vm.deal(buyer, cost);
        vm.prank(buyer);
        try pass.buy{value: cost}(series, uint32(quantity), buyer) {
            deposits[series] += cost;
            for (uint256 i = 1; i <= quantity; ++i) {
                ids.push(PassIds.compose(series, before.minted + uint32(i)));
            }
            ++done["buy"];
        } catch {
            (uint256 paused,) = pass.pauseState();
            bool open = block.timestamp < before.saleClosesAt && before.minted + quantity <= CAP;
            if (open && block.timestamp >= paused) revert PromiseBroken("open sale refused", series, quantity);
        }
    }

    function refund(uint256 seed) external {
        (uint256 id, address holder) = _live(seed);
        if (holder == address(0)) return;
        (PassRules.RefundCode code, uint256 amount) = pass.refundOf(id);
        if (code == PassRules.RefundCode.Nothing) return;
        uint256 before = holder.balance;
        vm.prank(holder);
        pass.refund(id, holder); // must not fail: what refundOf says is always payable
        if (holder.balance - before != amount) revert PromiseBroken("refund", id, amount);
        paidOut[uint64(id >> 32)] += amount;
        paidBack[id] += amount;
        ++done["refund"];
    }

    function draw(uint256 seed) external {
        (uint256 id, address holder) = _live(seed);
        if (holder == address(0)) return;
        uint256 amount = pass.drawOf(id);
        if (amount == 0) return;
        uint256 before = holder.balance;
        vm.prank(holder);
        pass.draw(id, holder);
        if (holder.balance - before != amount) revert PromiseBroken("draw", id, amount);
        paidOut[uint64(id >> 32)] += amount;
        paidBack[id] += amount;
        ++done["draw"];
    }

    function hand(uint256 seed, uint256 to) external {
        (uint256 id, address holder) = _live(seed);
        address receiver = actor(to);
        if (holder == address(0) || holder == receiver) return;
        (bool allowed,) = pass.canTransfer(id);
        vm.prank(holder);
        try pass.safeTransferFrom(holder, receiver, id, 1, "") {
            if (!allowed) revert PromiseBroken("transfer", id, 0);
            ++done["transfer"];
        } catch {
            if (allowed) revert PromiseBroken("no transfer", id, 0);
        }
    }

    function cancel(uint256 seed) external {
        if (seed % 3 != 0) return; // not every season may be called off at once
        try pass.cancelPortion(_series(seed >> 8), (seed >> 16) % 4) {
            ++done["cancel"];
        } catch {}
    }

    function cancelAll(uint256 seed) external {
        if (seed % 16 != 0) return;
        try pass.cancelSeries(_series(seed >> 8)) {
            ++done["cancelAll"];
        } catch {}
    }

    function move(uint256 seed, uint256 later, uint256 longer) external {
        uint64 series = _series(seed);
        uint256 index = (seed >> 8) % 4;
        PortionStanding memory portion = pass.portionsOf(series)[index];
        uint40 doors = portion.doorsAt + uint40(later % (20 * DAY));
        uint40 ends = doors + 1 + uint40(longer % DAY);
        uint40 settles = (portion.settlesAt > ends ? portion.settlesAt : ends) + uint40(longer % 7);
        try pass.movePortion(series, index, doors, ends, settles) {
            ++done["move"];
        } catch {}
    }

    function withdraw(uint256 seed) external {
        uint64 series = _series(seed);
        uint256 most = pass.booksOf(series).withdrawable;
        uint256 before = address(this).balance;
        try pass.withdraw(series, most + 1, address(this)) {
            revert PromiseBroken("more than withdrawable", series, most);
        } catch {}
        pass.withdraw(series, most, address(this));
        if (address(this).balance - before != most) revert PromiseBroken("withdraw", series, most);
        withdrawn[series] += most;
        if (most != 0) ++done["withdraw"];
    }

    function closeSale(uint256 seed, uint256 inSeconds) external {
        if (seed % 8 != 0) return;
        try pass.closeSale(_series(seed >> 8), uint40(block.timestamp + inSeconds % DAY)) {} catch {}
    }

    function pause(uint256 seconds_) external {
        try pass.pause(1 + seconds_ % DAY) {
            ++done["pause"];
        } catch {}
    }

    function wait(uint256 seed) external {
        vm.warp(block.timestamp + seed % (3 * DAY));
    }

    /// @notice Jumps to an edge of the rules, or to the second before it.
    function jump(uint256 seed) external {
        uint64 series = _series(seed);
        PortionStanding memory portion = pass.portionsOf(series)[(seed >> 8) % 4];
        SeriesTerms memory terms = pass.termsOf(series);
        uint256[7] memory edges = [
            uint256(portion.doorsAt),
            portion.endsAt,
            portion.settlesAt,
            portion.moveClosesAt,
            terms.steps[(seed >> 16) % 2].until,
            terms.saleClosesAt,
            uint256(terms.saleClosesAt) + terms.coolingOffSeconds
        ];
        uint256 edge = edges[(seed >> 24) % 7] - (edges[(seed >> 24) % 7] == 0 ? 0 : seed >> 255);
        if (edge > block.timestamp && edge < block.timestamp + 12 * DAY) vm.warp(edge);
    }

    function actor(uint256 seed) public pure returns (address) {
        return address(uint160(0xA11CE000 + seed % 4));
    }

    function _series(uint256 seed) internal pure returns (uint64) {
        return uint64(1 + seed % SERIES_COUNT);
    }

    function _live(uint256 seed) internal view returns (uint256 id, address holder) {
        if (ids.length == 0) return (0, address(0));
        id = ids[seed % ids.length];
        holder = pass.passOf(id).holder;
    }

    function _terms(uint16 guarantee, uint32 cooling, uint32 window, uint96 price)
        private
        pure
        returns (SeriesTerms memory terms)
    {
        terms.termsHash = keccak256("terms");
        terms.escrow = true;
        terms.price = price;
        terms.cap = CAP;
        terms.guaranteeBp = guarantee;
        terms.coolingOffSeconds = cooling;
        terms.moveWindowSeconds = window;
        terms.transfer.allowed = true;
        terms.transfer.frozenMinutes = 120;
        terms.steps = new RefundStep[](2);
        terms.steps[0] = RefundStep(uint40(START + 12 * DAY), 9_001);
        terms.steps[1] = RefundStep(uint40(START + 26 * DAY), 4_567);
        terms.portions = new PortionTerms[](4);
        for (uint256 i = 0; i < 4; ++i) {
            uint40 doors = uint40(START + (10 + 7 * i) * DAY);
            uint16 weight = i == 3 ? 10_000 - 3 * 2_345 : 2_345;
            terms.portions[i] = PortionTerms(weight, doors, doors + 4 hours, doors + 2 days);
        }
        terms.saleClosesAt = uint40(START + 24 * DAY);
    }
}
