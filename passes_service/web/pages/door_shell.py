"""The door page's service worker: which files the page needs without a network, by version."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response

from passes_service.web.pages.rendering import ENVIRONMENT

router = APIRouter(include_in_schema=False)

_STATIC: Final = files("passes_service.web") / "static"
_BESIDE: Final = ("door-codes.js", "qr-code.js", "favicon.svg")
_READER: Final = ("vendor/zxing/index.js", "vendor/zxing/zxing_reader.wasm")
_NOT_SHELL: Final = ("worker.js", "enrol.js")


@router.get("/door/sw.js")
def worker() -> Response:
    """Return the worker; a browser asks again at each visit and installs what differs."""
    return Response(
        _text(),
        media_type="text/javascript",
        # Its scope is the door page itself, one level above where it lies.
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/door"},
    )


@cache
def _text() -> str:
    """Return the worker with the files to keep and a version that changes with any of them."""
    shell = _STATIC / "door"
    names = sorted(
        f"door/{one.name}"
        for one in shell.iterdir()
        if one.is_file() and one.name not in _NOT_SHELL
    )
    names += [*_BESIDE, *_READER]
    digest = hashlib.sha256(_page())
    for name in names:
        digest.update(name.encode() + b"\0" + _STATIC.joinpath(name).read_bytes())
    said = {"version": digest.hexdigest()[:16], "files": [f"/static/{name}" for name in names]}
    code = (shell / "worker.js").read_text(encoding="utf-8")
    return f"const SHELL = {json.dumps(said)};\n{code}"


def _page() -> bytes:
    loader = ENVIRONMENT.loader
    assert loader is not None  # noqa: S101 - it is given where the environment is made
    return loader.get_source(ENVIRONMENT, "door.html")[0].encode()
