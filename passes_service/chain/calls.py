"""Calldata for the contract and its factory, answers of views, refusals in the contract's words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from passes_service.chain import abi
from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.core.ethereum import keccak256

BLOCK_LATEST = "latest"


def encode(function: str, *args: Any, contract: str = "EventPass") -> str:
    """Return the calldata of a call as 0x-text; structs are tuples in the order of the ABI."""
    from eth_abi.abi import encode as encode_abi

    selector, inputs, _ = _function(contract, function)
    return "0x" + (selector + encode_abi(inputs, args)).hex()


def view(
    node: Node,
    address: str,
    function: str,
    *args: Any,
    contract: str = "EventPass",
    block: str = BLOCK_LATEST,
) -> Any:
    """Ask a view function; one value comes bare, several as a tuple, a struct as a dict.

    Raises:
        NodeRefused: The contract refused; `refusal` names its error.
        NodeUnavailable: No answer, or not one of this function.
    """
    sent = {"to": address, "data": encode(function, *args, contract=contract)}
    return read(function, node.call("eth_call", sent, block), contract=contract)


def read(function: str, answer: str, *, contract: str = "EventPass") -> Any:
    """Return the values in an answer of a view function.

    Raises:
        NodeUnavailable: The answer is not one of this function.
    """
    from eth_abi.abi import decode as decode_abi

    _, _, outputs = _function(contract, function)
    try:
        values = decode_abi([_type(item) for item in outputs], bytes.fromhex(answer[2:]))
    except Exception as error:  # eth_abi has many; all mean that no such contract is there
        raise NodeUnavailable(f"{function} gave no answer of the contract.") from error
    named = tuple(_named(item, value) for item, value in zip(outputs, values, strict=True))
    return named[0] if len(named) == 1 else named


def refusal(error: NodeRefused) -> tuple[str, dict[str, Any]] | None:
    """Return the custom error of the contract behind a refusal: its name and its values."""
    from eth_abi.abi import decode as decode_abi

    if not error.data.startswith("0x") or len(error.data) < 10:
        return None
    for name in abi.NAMES:
        entry = _errors(name).get(error.data[2:10])
        if entry is not None:
            types = [_type(item) for item in entry["inputs"]]
            values = decode_abi(types, bytes.fromhex(error.data[10:]))
            named = zip(entry["inputs"], values, strict=True)
            return entry["name"], {item["name"]: _named(item, value) for item, value in named}
    return None


@cache
def _function(contract: str, name: str) -> tuple[bytes, list[str], list[dict[str, Any]]]:
    for entry in abi.load(contract):
        if entry["type"] == "function" and entry["name"] == name:
            inputs = [_type(item) for item in entry["inputs"]]
            selector = keccak256(f"{name}({','.join(inputs)})".encode())[:4]
            return selector, inputs, entry["outputs"]
    raise KeyError(name)


@cache
def _errors(contract: str) -> dict[str, dict[str, Any]]:
    found = {}
    for entry in abi.load(contract):
        if entry["type"] == "error":
            types = ",".join(_type(item) for item in entry["inputs"])
            found[keccak256(f"{entry['name']}({types})".encode())[:4].hex()] = entry
    return found


def _type(item: dict[str, Any]) -> str:
    if not item["type"].startswith("tuple"):
        return str(item["type"])
    members = ",".join(_type(member) for member in item["components"])
    return f"({members}){item['type'][5:]}"


def _named(item: dict[str, Any], value: Any) -> Any:
    if item["type"] == "tuple":
        members = zip(item["components"], value, strict=True)
        return {member["name"]: _named(member, one) for member, one in members}
    if item["type"].endswith("[]"):
        inner = {**item, "type": item["type"][:-2]}
        return [_named(inner, one) for one in _listed(value)]
    if item["type"] == "address":
        return ethereum.normalize_address(value)
    return "0x" + value.hex() if isinstance(value, bytes) else value


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else [value]
