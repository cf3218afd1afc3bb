"""Writes the shared vectors: `python -m tests.vectors.build`. Same bytes at every run.

Vectors are read by other languages too, so every integer that may pass 2**53 is a decimal string
and all bytes are lower-case hexadecimal. A test compares the files with what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.vectors import (
    bundles,
    contract_data,
    door_codes,
    draws,
    offline,
    pass_ids,
    siwe,
    vouchers,
)

HERE = Path(__file__).parent
FILES = {
    "pass_ids.json": pass_ids.build,
    "vouchers.json": vouchers.build,
    "door_codes.json": door_codes.build,
    "bundles.json": bundles.build,
    "siwe.json": siwe.build,
    "draws.json": draws.build,
    "contract_data.json": contract_data.build,
    "offline_decisions.json": offline.build,
}


def rendered(name: str) -> str:
    """Return what a vector file should hold."""
    document: dict[str, Any] = FILES[name]()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    for name in FILES:
        (HERE / name).write_text(rendered(name), encoding="utf-8")


if __name__ == "__main__":
    main()
