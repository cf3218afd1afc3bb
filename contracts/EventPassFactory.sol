// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

/// @title EventPassFactory
/// @notice Makes one {EventPass} per organizer: an immutable clone with immutable arguments.
/// @dev Who deploys is part of an organizer's address, so nobody can take it beforehand. A new
///      version of the rules is a new implementation behind a new factory; what was sold stays.
contract EventPassFactory {
    /// @notice An organizer's contract was made; nothing about it can be changed from here.
    event EventPassCreated(
        address indexed deployer,
        bytes16 indexed organizerId,
        address indexed owner,
        address eventPass
    );

    /// @notice This deployer has made this organizer's contract already.
    error EventPassExists(address deployer, bytes16 organizerId, address eventPass);

    /// @notice An organizer needs an account, an id and a name of at most 32 bytes.
    error OrganizerInvalid(address owner, bytes16 organizerId, string name, string symbol);

    /// @notice The version of the rules that clones of this factory follow.
    string public constant VERSION = "1";

    /// @notice The code that all clones of this factory run.
    address public immutable implementation;

    mapping(address deployer => mapping(bytes16 organizerId => address)) private _made;

    /// @param implementation_ An {EventPass}.
    constructor(address implementation_) {
        implementation = implementation_;
    }

    /// @notice Makes the contract of an organizer.
    /// @param organizerId The organizer's id in the book.
    /// @param owner The organizer's account.
    /// @param name At most 32 bytes.
    /// @param symbol At most 16 bytes.
    function create(
        bytes16 organizerId,
        address owner,
        string calldata name,
        string calldata symbol
    ) external returns (address eventPass) {
        eventPass = _made[msg.sender][organizerId];
        if (eventPass != address(0)) revert EventPassExists(msg.sender, organizerId, eventPass);
        bool named = bytes(name).length != 0 && bytes(name).length <= 32
            && bytes(symbol).length != 0 && bytes(symbol).length <= 16;
        if (owner == address(0) || organizerId == 0 || !named) {
            revert OrganizerInvalid(owner, organizerId, name, symbol);
        }
        bytes memory args =
            abi.encodePacked(owner, organizerId, bytes32(bytes(name)), bytes16(bytes(symbol)));
        bytes32 salt = keccak256(abi.encode(msg.sender, organizerId));
        eventPass = Clones.cloneDeterministicWithImmutableArgs(implementation, args, salt);
        _made[msg.sender][organizerId] = eventPass;
        emit EventPassCreated(msg.sender, organizerId, owner, eventPass);
    }

    /// @notice Returns the contract that `deployer` made for an organizer, or zero.
    function eventPassOf(address deployer, bytes16 organizerId) external view returns (address) {
        return _made[deployer][organizerId];
    }
}
