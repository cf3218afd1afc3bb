"""Vendored files are the ones whose hashes are written beside them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

ZXING = Path(__file__).parents[2] / "passes_service/web/static/vendor/zxing"


def test_code_reader_is_unchanged() -> None:
    written = re.findall(r"\| `([\w.]+)` \|.*`([0-9a-f]{64})`", (ZXING / "README.md").read_text())

    assert [name for name, _ in written] == ["index.js", "zxing_reader.wasm"]
    for name, digest in written:
        assert hashlib.sha256((ZXING / name).read_bytes()).hexdigest() == digest
