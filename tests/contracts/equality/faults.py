"""A copy of the rules with faults planted in it, to show that the comparison would see them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.contracts.equality.solidity import HARDHAT

CONTRACTS: Final = HARDHAT.parent / "contracts"
IMPORT: Final = re.compile(r'from "(\.[^"]+)";')
BATCH: Final = "mocks/RulesBatch.sol"

FAULTS: Final[dict[str, tuple[str, str]]] = {
    "RoundedUp": (r"return amount \* bp / WHOLE;", "return (amount * bp + WHOLE - 1) / WHOLE;"),
    "LateStep": (r"if \(time < (\S*until\(\))\) return", r"if (time <= \1) return"),
    "NoGuarantee": (r"drawn = part\(cancelled, g\);", "drawn = cancelled;"),
}
"""Name, what stands in PassRules.sol, and what stands there instead."""


def plant(folder: Path) -> list[str]:
    """Make `folder` a Hardhat project with one faulty copy of the rules per fault; name them."""
    for name in ("hardhat.config.ts", "package.json"):
        shutil.copy(HARDHAT / name, folder)
    (folder / "node_modules").symlink_to(HARDHAT / "node_modules")
    (folder / "scripts").mkdir()
    shutil.copy(HARDHAT / "scripts" / "equality.ts", folder / "scripts")
    for name, (right, wrong) in FAULTS.items():
        for path in _needed(CONTRACTS / BATCH):
            source = path.read_text(encoding="utf-8")
            if path.name == "PassRules.sol":
                source, planted = re.subn(right, wrong, source)
                assert planted == 1, f"{name}: PassRules.sol does not say {right} once"
            target = folder / "contracts" / name / path.relative_to(CONTRACTS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source, encoding="utf-8")
    return [f"contracts/{name}/{BATCH}:RulesBatch" for name in FAULTS]


def _needed(start: Path) -> Iterator[Path]:
    """Yield a source and all that it imports."""
    seen, waiting = {start}, [start]
    while waiting:
        path = waiting.pop()
        yield path
        for found in IMPORT.findall(path.read_text(encoding="utf-8")):
            imported = (path.parent / found).resolve()
            if imported not in seen:
                seen.add(imported)
                waiting.append(imported)
