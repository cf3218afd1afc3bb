"""The pictures decode to the code that was put in."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from passes_service.core import qr, qr_image
from tests.core.door_vectors import VECTORS
from tests.vectors import codes
from tests.vectors.common import EXPIRES, ISSUED, ORGANIZER, gate

TEXT = codes.text(codes.SOUND)


def decode(png: bytes) -> str:
    found = zxingcpp.read_barcode(Image.open(io.BytesIO(png)))
    assert found is not None
    return str(found.text)


def drawn(svg: str) -> list[list[bool]]:
    """Read the modules back from the path that the SVG draws."""
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    grid = [[False] * size for _ in range(size)]
    x = y = 0
    for command, number, rest in re.findall(r"([Mmh])(\d+) ?([\d.]*)", root[1].attrib["d"]):
        if command == "M":
            x, y = int(number), int(float(rest))
        elif command == "m":
            x += int(number)
        else:
            grid[y][x : x + int(number)] = [True] * int(number)
            x += int(number)
    return grid


def test_png_decodes() -> None:
    assert decode(qr_image.qr_png(TEXT)) == TEXT
    assert decode(qr_image.qr_png("https://passes.example/p/137")) == "https://passes.example/p/137"


@pytest.mark.parametrize("kind", "SBT")
def test_a_scanner_reads_every_kind_of_door_code(kind: str) -> None:
    text = VECTORS["codes"][kind]["text"]

    assert decode(qr_image.qr_png(text, module_pixels=4)) == text


def test_svg_draws_the_same_modules_inside_a_quiet_zone() -> None:
    matrix = qr_image.qr_matrix(TEXT)
    grid = drawn(qr_image.qr_svg(TEXT))

    assert [row[4:-4] for row in grid[4:-4]] == matrix
    assert not any(any(row) for row in (*grid[:4], *grid[-4:]))
    assert not any(any((*row[:4], *row[-4:])) for row in grid)


def test_svg_is_small_and_named_for_screen_readers() -> None:
    svg = qr_image.qr_svg(TEXT, label='Pass "137" <of 500>')
    root = ET.fromstring(svg)

    assert len(svg) < 4_096
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == 'Pass "137" <of 500>'
    assert root[0].attrib["fill"] == "#fff"


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 2**64 - 1), st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_every_static_code_fits_version_6_at_level_m(series: int, serial: int, epoch: int) -> None:
    text = qr.sign_static(
        pass_number=1 << 96 | series << 32 | serial,
        epoch=epoch,
        organizer_id=ORGANIZER,
        issued_at=ISSUED,
        expires_at=EXPIRES,
        key=gate("gate"),
    )

    assert len(qr_image.qr_matrix(text)) <= 17 + 4 * 6
