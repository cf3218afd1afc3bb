"""Whose signature is it, if a contract may be the signer: one capped question to a node.

    a key's            65 bytes, or 64 (EIP-2098): no question at all
    a contract's       ERC-1271, also an account that delegates to a contract (EIP-7702)
    a coming one's     ERC-6492: the signature brings what deploys the account

The question is an `eth_call` without `to`, whose data is the creation code of
`contracts/SignatureValidator.sol`: nothing is sent, nothing changes, one byte comes back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from passes_service.chain import abi
from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.core.ethereum import ZERO_ADDRESS, SignatureMalformed

LONGEST: Final = 8192
"""Bytes of a signature with all that it brings: passkeys and deployments take 1 to 2 KB."""
GAS: Final = 1_000_000
GAS_TO_DEPLOY: Final = 2_000_000
MARK: Final = bytes.fromhex("6492" * 16)
"""The last 32 bytes of a signature of an account that is not deployed yet (ERC-6492)."""
# Some accounts accept everything in a simulation, which they know by a sender of zero.
_SENDER: Final = ethereum.checksum_address(ethereum.keccak256(b"EventPass signature check")[12:])
_HEX: Final = re.compile(rf"0x(?:[0-9a-fA-F]{{2}}){{64,{LONGEST}}}")
_TYPES: Final = ("address", "bytes32", "bytes", "address", "bytes")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A signature out of its wrapping, and what makes the account that shall accept it."""

    signature: bytes
    factory: str = ZERO_ADDRESS
    preparation: bytes = b""


def parse(text: str) -> bytes:
    """Return the bytes of any account's signature from 0x-text.

    Raises:
        SignatureMalformed: It is no 0x-text of 64 to 8,192 bytes.
    """
    if _HEX.fullmatch(text) is None:
        raise SignatureMalformed(f"A signature is 0x and 64 to {LONGEST:,} bytes in hexadecimal.")
    return bytes.fromhex(text[2:])


def by_key(address: str, digest: bytes, signature: bytes) -> bool:
    """Tell whether the address's own key signed, however the wallet spells it. Asks nobody."""
    try:
        spelled = ethereum.canonical_signature(signature)
        return ethereum.recover_signer(digest, spelled) == address
    except SignatureMalformed:
        return False


def verify(node: Node, address: str, digest: bytes, signature: bytes) -> bool:
    """Tell whether a signature over `digest` (32 bytes) is by `address`, key or contract.

    Never inside a transaction: it may wait for the node, as long as the node's patience.

    Raises:
        NodeUnavailable: Nobody could be asked now; the signature may be good.
        ChainMismatch: The node is on another chain.
    """
    if by_key(address, digest, signature):
        return True
    asked = _unwrapped(signature)
    return asked is not None and _accepted(node, address, digest, asked)


def _unwrapped(signature: bytes) -> _Asked | None:
    """Take a signature out of its ERC-6492 wrapping; None if the wrapping is torn or too long."""
    from eth_abi.abi import decode

    if len(signature) > LONGEST:
        return None
    if not signature.endswith(MARK):
        return _Asked(signature)
    try:
        factory, preparation, inner = decode(("address", "bytes", "bytes"), signature[: -len(MARK)])
    except Exception:  # eth_abi has many; all mean that this is not the wrapping
        return None
    return _Asked(inner, factory, preparation)


def _accepted(node: Node, address: str, digest: bytes, asked: _Asked) -> bool:
    from eth_abi.abi import encode

    values = (address, digest, asked.signature, asked.factory, asked.preparation)
    data = abi.creation_code("SignatureValidator") + encode(_TYPES, values)
    gas = GAS if asked.factory == ZERO_ADDRESS else GAS_TO_DEPLOY
    question = {"from": _SENDER, "data": "0x" + data.hex(), "gas": hex(gas)}
    try:
        answer = node.call("eth_call", question, "latest")
    except NodeRefused as error:
        # The question itself cannot fail, whatever the account does: this is the node's doing.
        raise NodeUnavailable(f"The node of {node.network.name} did not check it.") from error
    if answer not in ("0x00", "0x01"):
        raise NodeUnavailable(f"The node of {node.network.name} gave no answer to the check.")
    return bool(answer == "0x01")
