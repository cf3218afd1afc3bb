// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;


import {Claims} from "./Claims.sol";
import {Escrow} from "./Escrow.sol";
import {Sales} from "./Sales.sol";

/// @title EventPass
/// @notice Calendar passes of one organizer that keep the word they were sold with.
/// @dev One implementation, one immutable clone per organizer ({EventPassFactory}); no upgrade, no
///      role that can reach a holder's pass or money. What is not for holders is in {EventPassDesk},
///      whose address is in this code: together they are more than one contract may hold. Call
///      clones by {IEventPass}; see docs/contract.md.
contract EventPass is Escrow, Sales, Claims {
    /// @notice The version of these rules; another one is another implementation and factory.
    string public constant VERSION = "1";

    /// @notice The code that answers every call which is not for holders.
    address public immutable DESK;

    /// @param desk An {EventPassDesk}.
    constructor(address desk) {
        DESK = desk;
    }

    /// @dev Runs the desk on the clone's own storage and gives its answer back.
    fallback() external {
        address desk = DESK;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, 0, calldatasize())
            let done := delegatecall(gas(), desk, free, calldatasize(), 0, 0)
            returndatacopy(free, 0, returndatasize())
            if iszero(done) { revert(free, returndatasize()) }
            return(free, returndatasize())
        }
    }
}
