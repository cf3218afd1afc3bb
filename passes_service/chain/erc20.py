"""Currencies that are contracts: ERC-20 calldata, and payments signed instead of sent (ERC-3009).

An ERC-3009 payment is typed data in the domain of the currency itself; it is offered only where
the currency's own DOMAIN_SEPARATOR is the one that name and version give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from passes_service.chain.calls import BLOCK_LATEST
from passes_service.chain.errors import NodeRefused
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.core.ethereum import keccak256

TRANSFER_TOPIC: Final = "0x" + keccak256(b"Transfer(address,address,uint256)").hex()
_DOMAIN: Final = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
_PAYMENT: Final = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)


@dataclass(frozen=True, slots=True)
class TokenDomain:
    """The EIP-712 domain of a currency that takes signed payments."""

    name: str
    version: str
    chain_id: int
    token: str

    def separator(self) -> bytes:
        """Return EIP-712's domain separator."""
        return keccak256(
            _type_hash("EIP712Domain", _DOMAIN)
            + keccak256(self.name.encode())
            + keccak256(self.version.encode())
            + _word(self.chain_id)
            + _word(int(self.token, 16))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPayment:
    """A payment of `value` to a contract, good before `valid_before`, once per nonce."""

    payer: str
    to: str
    value: int
    valid_before: int
    nonce: bytes

    def digest(self, domain: TokenDomain) -> bytes:
        """Return the 32 bytes that the payer's wallet signs."""
        struct = keccak256(
            _type_hash("ReceiveWithAuthorization", _PAYMENT)
            + _word(int(self.payer, 16))
            + _word(int(self.to, 16))
            + _word(self.value)
            + _word(0)
            + _word(self.valid_before)
            + self.nonce
        )
        return keccak256(b"\x19\x01" + domain.separator() + struct)

    def typed_data(self, domain: TokenDomain) -> dict[str, Any]:
        """Return the argument of `eth_signTypedData_v4`; integers as decimal strings."""
        return {
            "types": {
                "EIP712Domain": _declared(_DOMAIN),
                "ReceiveWithAuthorization": _declared(_PAYMENT),
            },
            "primaryType": "ReceiveWithAuthorization",
            "domain": {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chain_id,
                "verifyingContract": domain.token,
            },
            "message": {
                "from": self.payer,
                "to": self.to,
                "value": str(self.value),
                "validAfter": "0",
                "validBefore": str(self.valid_before),
                "nonce": "0x" + self.nonce.hex(),
            },
        }


def approve(spender: str, value: int) -> str:
    """Return the calldata that allows `spender` exactly `value`."""
    return _call("approve(address,uint256)", _word(int(spender, 16)), _word(value))


def balance_of(account: str) -> str:
    """Return the calldata that asks for a balance."""
    return _call("balanceOf(address)", _word(int(account, 16)))


def domain_of(node: Node, token: str) -> TokenDomain | None:
    """Return the domain of a currency's signed payments, None if it takes none.

    Asked anew each time: a currency that is upgraded may change its version.

    Raises:
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    questions = ("name()", "version()", "DOMAIN_SEPARATOR()")
    name, version, separator = node.try_batch(
        [("eth_call", ({"to": token, "data": _call(one)}, BLOCK_LATEST)) for one in questions]
    )
    if isinstance(name, NodeRefused) or isinstance(version, NodeRefused):
        return None
    try:
        found = TokenDomain(_text(name), _text(version), node.network.chain_id, token)
    except ValueError:
        return None
    return found if separator == "0x" + found.separator().hex() else None


def _text(answer: str) -> str:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        return str(decode(["string"], bytes.fromhex(answer[2:]))[0])
    except DecodingError as error:
        raise ValueError("not a string") from error


def _call(signature: str, *words: bytes) -> str:
    return "0x" + (ethereum.keccak256(signature.encode())[:4] + b"".join(words)).hex()


def _type_hash(name: str, fields: tuple[tuple[str, str], ...]) -> bytes:
    members = ",".join(f"{kind} {field}" for field, kind in fields)
    return keccak256(f"{name}({members})".encode())


def _declared(fields: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": field, "type": kind} for field, kind in fields]


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")
