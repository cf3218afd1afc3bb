"""Libraries that few processes need, loaded when they are."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

_IMPORT = threading.Lock()


def eth_account() -> ModuleType:
    """Return eth-account.

    A dependency of it raises Python's recursion limit at import, after which one deep JSON body
    ends the process; it is put back.
    """
    with _IMPORT:
        limit = sys.getrecursionlimit()
        import eth_account

        sys.setrecursionlimit(limit)
    return eth_account
