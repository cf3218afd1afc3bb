"""What hot signers sign for the EventPass contract (EIP-712): MintClaim and SaleTicket.

    EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)
        name "EventPass", version "1", the chain and the organizer's clone

The domain names chain and clone, so nothing signed here is good anywhere else. A PassVoucher is
another document with another domain (`core.voucher`); the contract never accepts one.
The structs are those of `contracts/Signers.sol`; `tests/vectors/contract_data.json` fixes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from passes_service.core import ethereum, pass_id
from passes_service.core.errors import DomainError, Kind
from passes_service.core.ethereum import keccak256

DOMAIN_NAME: Final = "EventPass"
DOMAIN_VERSION: Final = "1"
LIFE_SECONDS: Final = 15 * 60
"""The longest life that the contract accepts, of both documents."""
_MAX_UINT64: Final = 2**64 - 1
_MAX_UINT32: Final = 2**32 - 1

Fields = tuple[tuple[str, str], ...]
DOMAIN_FIELDS: Final[Fields] = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
CLAIM_FIELDS: Final[Fields] = (
    ("passId", "uint256"),
    ("to", "address"),
    ("epoch", "uint64"),
    ("transfers", "uint32"),
    ("termsHash", "bytes32"),
    ("notBefore", "uint64"),
    ("deadline", "uint64"),
)
TICKET_FIELDS: Final[Fields] = (
    ("series", "uint64"),
    ("buyer", "address"),
    ("quantity", "uint32"),
    ("nonce", "uint256"),
    ("deadline", "uint64"),
)


class ContractDataMalformed(DomainError):
    """A claim or ticket has a field that the contract cannot take."""

    code, title, kind = "contract-data-malformed", "Not a claim or ticket", Kind.INVALID
    next_step = "Ask for a new claim or order; these documents are made by the service alone."


@dataclass(frozen=True, slots=True)
class ContractDomain:
    """Where a document is good: one clone on one chain."""

    chain_id: int
    contract: str

    def separator(self) -> bytes:
        """Return EIP-712's domain separator."""
        return keccak256(
            _type_hash("EIP712Domain", DOMAIN_FIELDS)
            + keccak256(DOMAIN_NAME.encode())
            + keccak256(DOMAIN_VERSION.encode())
            + _word(self.chain_id)
            + _word(int(self.contract, 16))
        )

    def values(self) -> dict[str, Any]:
        """Return the domain as `eth_signTypedData_v4` takes it."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MintClaim:
    """A pass of our book may become a token, once, of `to`, in [not_before, deadline).

    Times are Unix seconds. Raises ContractDataMalformed for a field out of its range.
    """

    pass_id: int
    to: str
    epoch: int
    transfers: int
    terms_hash: bytes
    not_before: int
    deadline: int

    def __post_init__(self) -> None:
        pass_id.split(self.pass_id)
        ethereum.address_bytes(self.to)
        _require("epoch", self.epoch, _MAX_UINT64)
        _require("transfers", self.transfers, _MAX_UINT32)
        _require("not_before", self.not_before, _MAX_UINT64)
        _require("deadline", self.deadline, _MAX_UINT64)
        if not 0 < self.deadline - self.not_before <= LIFE_SECONDS:
            raise ContractDataMalformed("A claim lives at most 15 minutes.", field="deadline")
        if len(self.terms_hash) != 32:
            raise ContractDataMalformed("The Terms hash has 32 bytes.", field="terms_hash")

    def words(self) -> tuple[int, ...]:
        """Return the members as the contract's struct lists them."""
        return (
            self.pass_id,
            int(self.to, 16),
            self.epoch,
            self.transfers,
            int.from_bytes(self.terms_hash, "big"),
            self.not_before,
            self.deadline,
        )

    def digest(self, domain: ContractDomain) -> bytes:
        """Return the 32 bytes that the claim key signs."""
        return _digest("MintClaim", CLAIM_FIELDS, self.words(), domain)

    def typed_data(self, domain: ContractDomain) -> dict[str, Any]:
        """Return the argument of `eth_signTypedData_v4`; integers as decimal strings."""
        message = {
            "passId": str(self.pass_id),
            "to": self.to,
            "epoch": str(self.epoch),
            "transfers": str(self.transfers),
            "termsHash": "0x" + self.terms_hash.hex(),
            "notBefore": str(self.not_before),
            "deadline": str(self.deadline),
        }
        return _typed("MintClaim", CLAIM_FIELDS, message, domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleTicket:
    """A place held in the book: `buyer` may buy `quantity` passes until `deadline`.

    Raises ContractDataMalformed for a field out of its range.
    """

    series: int
    buyer: str
    quantity: int
    nonce: int
    deadline: int

    def __post_init__(self) -> None:
        ethereum.address_bytes(self.buyer)
        _require("series", self.series, pass_id.MAX_SERIES, least=1)
        _require("quantity", self.quantity, _MAX_UINT32, least=1)
        _require("nonce", self.nonce, 2**256 - 1)
        _require("deadline", self.deadline, _MAX_UINT64, least=1)

    def words(self) -> tuple[int, ...]:
        """Return the members as the contract's struct lists them."""
        return (self.series, int(self.buyer, 16), self.quantity, self.nonce, self.deadline)

    def digest(self, domain: ContractDomain) -> bytes:
        """Return the 32 bytes that the claim key signs; also the nonce of an ERC-3009 payment."""
        return _digest("SaleTicket", TICKET_FIELDS, self.words(), domain)

    def typed_data(self, domain: ContractDomain) -> dict[str, Any]:
        """Return the argument of `eth_signTypedData_v4`; integers as decimal strings."""
        message = {
            "series": str(self.series),
            "buyer": self.buyer,
            "quantity": str(self.quantity),
            "nonce": str(self.nonce),
            "deadline": str(self.deadline),
        }
        return _typed("SaleTicket", TICKET_FIELDS, message, domain)


def _digest(name: str, fields: Fields, words: tuple[int, ...], domain: ContractDomain) -> bytes:
    struct = keccak256(_type_hash(name, fields) + b"".join(map(_word, words)))
    return keccak256(b"\x19\x01" + domain.separator() + struct)


def _type_hash(name: str, fields: Fields) -> bytes:
    members = ",".join(f"{kind} {field}" for field, kind in fields)
    return keccak256(f"{name}({members})".encode())


def _typed(
    name: str, fields: Fields, message: Mapping[str, str], domain: ContractDomain
) -> dict[str, Any]:
    def declare(members: Fields) -> list[dict[str, str]]:
        return [{"name": field, "type": kind} for field, kind in members]

    return {
        "types": {"EIP712Domain": declare(DOMAIN_FIELDS), name: declare(fields)},
        "primaryType": name,
        "domain": domain.values(),
        "message": dict(message),
    }


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def _require(name: str, value: int, most: int, *, least: int = 0) -> None:
    if not least <= value <= most:
        raise ContractDataMalformed(f"The field {name} is out of range.", field=name)
