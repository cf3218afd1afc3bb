"""What Slither finds that is not explained, and what is explained in vain."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.contracts.hardhat import require_hardhat
from tests.contracts.slither.findings import explained, found


def main() -> int:
    """Print both lists; say by the exit status whether they are empty."""
    with TemporaryDirectory() as folder:
        findings = set(found(require_hardhat(), Path(folder)))
    known = set(explained())
    for mark, missing in (("+", findings - known), ("-", known - findings)):
        for check, words in sorted(missing):
            print(mark, check, words)
    return int(findings != known)


if __name__ == "__main__":
    sys.exit(main())
