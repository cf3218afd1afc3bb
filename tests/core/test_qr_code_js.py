"""The phone draws the same QR code as the library, module by module."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path

import pytest
import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import QRData

from passes_service.core import base45
from tests.core.door_vectors import VECTORS
from tests.judges.node import find_node

HERE = Path(__file__).parent
DRAWING = HERE.parents[1] / "passes_service" / "web" / "static" / "qr-code.js"

pytestmark = pytest.mark.node


def drawn(texts: list[str]) -> list[list[str] | None]:
    """Return what the phone draws, as rows of 0 and 1."""
    node = find_node()
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no Node was found to draw codes")
        pytest.skip("no Node was found to draw codes")
    done = subprocess.run(
        [node, "--no-warnings", str(HERE / "qr_code.mjs"), str(DRAWING)],
        input=json.dumps(texts).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    answer: list[list[str] | None] = json.loads(done.stdout)
    return answer


def by_library(text: str) -> list[str]:
    code = qrcode.QRCode(version=6, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=0)
    code.add_data(QRData(text, mode=2))
    code.make(fit=False)
    return ["".join(str(int(dark)) for dark in row) for row in code.get_matrix()]


def test_codes_are_drawn_as_the_library_draws_them() -> None:
    draw = random.Random(20270116)
    texts = [VECTORS["codes"][kind]["text"] for kind in "SB"]
    lengths = (0, 1, 2, 147, 148, 149, 153, 154)
    texts += ["".join(draw.choices(base45.ALPHABET, k=length)) for length in lengths]

    for text, rows in zip(texts, drawn(texts), strict=True):
        assert rows == by_library(text), f"{len(text)} characters"


def test_what_does_not_fit_is_not_drawn() -> None:
    assert drawn(["A" * 155, "lower case", "\u00e9"]) == [None, None, None]
