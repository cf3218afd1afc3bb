"""A copy of the Hardhat project, out of everybody's way, whose compiled code can be exchanged."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from tests.contracts.equality.solidity import HARDHAT

HERE: Final = Path(__file__).parent
CONTRACTS: Final = HARDHAT.parent / "contracts"
CLI: Final = "node_modules/hardhat/dist/src/cli.js"
SECONDS: Final = 240
GAS: Final = re.compile(r"(const GAS = )[\d_]+n")
GAS_LIMIT: Final = 20_000_000  # Hardhat remembers every step of a call: some mutants never end
ROOTS: Final = (
    "contracts/EventPass.sol",
    "contracts/EventPassDesk.sol",
    "contracts/mocks/RulesBatch.sol",
)
"""What holds all the code that is put to the test."""

Code = dict[str, dict[str, dict[str, str]]]
"""By source and contract, what is deployed and what deploys it."""


class NotCompiled(Exception):
    """The compiler refuses this source."""


@dataclass
class Project:
    """The copy, its compiler, and which of its artifacts are not its own now."""

    node: str
    folder: Path
    into: IO[str]
    out: IO[str]
    exchanged: dict[Path, str] = field(default_factory=dict)

    def compile(
        self,
        replaced: Mapping[str, str],
        roots: Sequence[str] = ROOTS,
        *,
        optimize: bool = False,
    ) -> Code:
        """Return the code of the sources and of all they import, with some texts replaced."""
        asked = {"replaced": replaced, "roots": roots, "optimize": optimize}
        self.into.write(json.dumps(asked) + "\n")
        self.into.flush()
        answer = json.loads(self.out.readline())
        if answer["errors"]:
            raise NotCompiled(answer["errors"][0])
        code: Code = answer["code"]
        return code

    def exchange(self, code: Code) -> None:
        """Let the tests find this code in the place of their own."""
        for source, contracts in code.items():
            for name, bytecodes in contracts.items():
                path = self.folder / "artifacts" / source / f"{name}.json"
                if not path.exists():
                    continue  # of a library: Hardhat has another folder for these
                text = path.read_text(encoding="utf-8")
                self.exchanged.setdefault(path, text)
                path.write_text(json.dumps(json.loads(text) | bytecodes), encoding="utf-8")

    def restore(self) -> None:
        """Give the tests their own code back."""
        for path, text in self.exchanged.items():
            path.write_text(text, encoding="utf-8")
        self.exchanged.clear()

    def run(self, *command: str, **environment: str) -> tuple[int | None, str]:
        """Return status and output of Hardhat; no status if it did not end in time."""
        process = subprocess.Popen(
            [self.node, CLI, *command],
            cwd=self.folder,
            env=_environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return None, "it did not end in time"
        finally:
            _end(process)
        return process.returncode, output


@contextmanager
def project(node: str, folder: Path) -> Iterator[Project]:
    """Give a built copy of the project in `folder`; its compiler ends with the block."""
    _copy(folder)
    compiler = subprocess.Popen(
        [node, str(HERE / "compile.cjs")],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert compiler.stdin is not None
    assert compiler.stdout is not None
    try:
        found = Project(node, folder, compiler.stdin, compiler.stdout)
        status, output = found.run("build")
        if status != 0:
            raise RuntimeError(f"Hardhat does not build the copy:\n{output}")
        yield found
    finally:
        _end(compiler)


def _copy(folder: Path) -> None:
    for name in ("eventPass.ts", "vectors.ts", "package.json"):
        shutil.copy(HARDHAT / name, folder)
    shutil.copy(HARDHAT / "hardhat.config.ts", folder / "base.config.ts")
    shutil.copy(HERE / "hardhat.config.ts", folder)
    shutil.copytree(CONTRACTS, folder / "contracts")
    shutil.copytree(HARDHAT / "test", folder / "test")
    (folder / "scripts").mkdir()
    script = (HARDHAT / "scripts" / "equality.ts").read_text(encoding="utf-8")
    script, limited = GAS.subn(rf"\g<1>{GAS_LIMIT}n", script)
    assert limited == 1, "scripts/equality.ts says elsewhere how much gas a call has"
    (folder / "scripts" / "equality.ts").write_text(script, encoding="utf-8")
    shutil.copy(HERE / "bail.ts", folder / "scripts")
    (folder / "node_modules").symlink_to(HARDHAT / "node_modules")


def _environment() -> dict[str, Any]:
    return os.environ | {"HARDHAT_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}


def _end(process: subprocess.Popen[str]) -> None:
    """End it and all that it started; the venv's node is a wrapper around the real one."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
