// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title MockToken
/// @notice Test only: an ERC-20 with ERC-3009, and every bad manner that one may have.
contract MockToken {
    /// @notice How it misbehaves.
    enum Manner {
        Good,
        TakesFee,
        ReturnsNothing,
        ReturnsFalse,
        ChargesSender
    }

    error TokenBlocked(address account);
    error TokenTooPoor(address account);
    error AuthorizationBad();

    string public constant name = "Mock";
    string public constant version = "1";
    bytes32 public constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    Manner public manner;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) public blocked;
    mapping(address => mapping(bytes32 => bool)) public authorizationState;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function setManner(Manner manner_) external {
        manner = manner_;
    }

    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
    }

    function mint(address to, uint256 value) external {
        balanceOf[to] += value;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function transfer(address to, uint256 value) external {
        _move(msg.sender, to, value);
        _answer();
    }

    function transferFrom(address from, address to, uint256 value) external {
        allowance[from][msg.sender] -= value;
        _move(from, to, value);
        _answer();
    }

    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256 validAfter,
        uint256 validBefore,
        bytes32 nonce,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 inner = keccak256(
            abi.encode(RECEIVE_TYPEHASH, from, to, value, validAfter, validBefore, nonce)
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), inner));
        bool timely = block.timestamp > validAfter && block.timestamp < validBefore;
        bool fresh = !authorizationState[from][nonce];
        if (to != msg.sender || !timely || !fresh || ecrecover(digest, v, r, s) != from) {
            revert AuthorizationBad();
        }
        authorizationState[from][nonce] = true;
        _move(from, to, value);
    }

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                block.chainid,
                address(this)
            )
        );
    }

    function _move(address from, address to, uint256 value) private {
        if (blocked[from]) revert TokenBlocked(from);
        if (blocked[to]) revert TokenBlocked(to);
        if (manner == Manner.ReturnsFalse) return;
        if (balanceOf[from] < value) revert TokenTooPoor(from);
        balanceOf[from] -= manner == Manner.ChargesSender ? value + value / 100 : value;
        balanceOf[to] += manner == Manner.TakesFee ? value - value / 100 : value;
        emit Transfer(from, to, value);
    }

    /// @dev Ends the call with what the manner says: true, false or nothing at all.
    function _answer() private view {
        uint256 answer = manner == Manner.ReturnsFalse ? 0 : 1;
        uint256 size = manner == Manner.ReturnsNothing ? 0 : 32;
        assembly {
            mstore(0, answer)
            return(0, size)
        }
    }
}
