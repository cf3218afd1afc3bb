// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title ContractWallet
/// @notice Test only: a wallet that accepts what its owner signs.
contract ContractWallet is IERC1271 {
    address public owner;

    constructor(address first) {
        owner = first;
    }

    /// @notice Gives the wallet another owner; the old owner's signatures end with it.
    function setOwner(address next) external {
        require(msg.sender == owner, "not the owner");
        owner = next;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        virtual
        returns (bytes4)
    {
        (address signer,,) = ECDSA.tryRecover(hash, signature);
        return signer == owner ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title ContractWalletFactory
/// @notice Test only: makes wallets at addresses that are known beforehand.
contract ContractWalletFactory {
    /// @notice Makes the wallet of an owner; there is one for each.
    function create(address owner) external returns (ContractWallet) {
        return new ContractWallet{salt: 0}(owner);
    }

    /// @notice Returns where an owner's wallet is or will be.
    function walletOf(address owner) external view returns (address) {
        bytes memory code = abi.encodePacked(type(ContractWallet).creationCode, abi.encode(owner));
        bytes32 made = keccak256(abi.encodePacked(hex"ff", this, bytes32(0), keccak256(code)));
        return address(uint160(uint256(made)));
    }

    /// @notice Says yes to anything and makes nothing.
    fallback() external {}
}

/// @title DelegateWallet
/// @notice Test only: what an EIP-7702 account delegates to; a session key signs for it, under a
/// prefix, so that its signatures are no signatures of that key for anything else.
contract DelegateWallet is IERC1271 {
    address private immutable _SESSION_KEY;

    constructor(address sessionKey) {
        _SESSION_KEY = sessionKey;
    }

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        bytes32 bound = keccak256(abi.encode(address(this), hash));
        (address signer,,) = ECDSA.tryRecover(bound, signature);
        return signer == _SESSION_KEY ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

/// @title OddWallet
/// @notice Test only: answers in every way that is not a yes.
contract OddWallet {
    enum Manner {
        Yes,
        Short,
        Long,
        Dirty,
        Word,
        Nothing,
        Huge,
        Reverts,
        RevertsWithMagic,
        BurnsGas,
        Writes,
        TrustsNobody
    }

    Manner private immutable _MANNER;
    uint256 private _written;

    constructor(Manner manner) {
        _MANNER = manner;
    }

    fallback() external {
        bytes32 magic = IERC1271.isValidSignature.selector;
        if (_MANNER == Manner.Yes) _answer(magic, 32);
        if (_MANNER == Manner.Short) _answer(magic, 4);
        if (_MANNER == Manner.Long) _answer(magic, 64);
        if (_MANNER == Manner.Dirty) _answer(magic | bytes32(uint256(1)), 32);
        if (_MANNER == Manner.Word) _answer(bytes32(uint256(1)), 32);
        if (_MANNER == Manner.Huge) _answer(magic, 200_000);
        if (_MANNER == Manner.Reverts) revert("no");
        if (_MANNER == Manner.RevertsWithMagic) {
            assembly {
                mstore(0, magic)
                revert(0, 32)
            }
        }
        if (_MANNER == Manner.BurnsGas) while (true) {}
        if (_MANNER == Manner.Writes) {
            _written = 1;
            _answer(magic, 32);
        }
        // Some accounts let everything pass in a simulation, which they know by this.
        if (_MANNER == Manner.TrustsNobody && tx.origin == address(0)) _answer(magic, 32);
    }

    function _answer(bytes32 word, uint256 length) private pure {
        assembly {
            mstore(0, word)
            return(0, length)
        }
    }
}
