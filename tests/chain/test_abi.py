from __future__ import annotations

from typing import Any

import pytest
from eth_utils.crypto import keccak

from passes_service.chain import abi


def kind(entry: dict[str, Any]) -> str:
    """Return a parameter's type as signatures write it."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    parts = ",".join(kind(part) for part in entry["components"])
    return f"({parts}){entry['type'].removeprefix('tuple')}"


def selectors(name: str) -> dict[str, str]:
    """Return the functions' signatures by selector."""
    found = {}
    for entry in abi.load(name):
        if entry["type"] == "function":
            signature = f"{entry['name']}({','.join(kind(part) for part in entry['inputs'])})"
            found[keccak(signature.encode())[:4].hex()] = signature
    return found


class TestLoad:
    @pytest.mark.parametrize(
        ("selector", "signature"),
        [
            ("f242432a", "safeTransferFrom(address,address,uint256,uint256,bytes)"),
            ("00fdd58e", "balanceOf(address,uint256)"),
            ("0e89341c", "uri(uint256)"),  # these three of the desk
            ("8da5cb5b", "owner()"),
            ("84b0196e", "eip712Domain()"),
        ],
    )
    def test_has_what_a_clone_answers(self, selector: str, signature: str) -> None:
        assert selectors("EventPass")[selector] == signature

    def test_has_what_the_factory_answers(self) -> None:
        assert set(selectors("EventPassFactory").values()) == {
            "VERSION()",
            "create(bytes16,address,string,string)",
            "eventPassOf(address,bytes16)",
            "implementation()",
        }

    def test_has_each_function_once(self) -> None:
        functions = [entry for entry in abi.load("EventPass") if entry["type"] == "function"]

        assert len(selectors("EventPass")) == len(functions)

    @pytest.mark.parametrize("name", ["versions", "../abi/EventPass", "EventPassDesk", ""])
    def test_refuses_other_names(self, name: str) -> None:
        with pytest.raises(KeyError):
            abi.load(name)


def test_versions_name_every_contract() -> None:
    assert set(abi.versions()) == {"compiler", "contracts"}
    assert set(abi.versions()["contracts"]) == set(abi.NAMES)
