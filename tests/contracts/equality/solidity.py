"""The compiled rules, asked over a pipe: one Node process, no port, gone when the block ends."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import IO, Final

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from passes_service.chain.networks import ETHER
from passes_service.chain.series_terms import series_terms
from tests.contracts.equality.cases import ACTIONS, CODES, Answer, Case, Probe, Series

HARDHAT: Final = Path(__file__).parents[3] / "hardhat-local"
TERMS: Final = (
    "(bytes32,bool,bool,address,uint96,uint32,uint40,uint16,uint32,uint32,"
    "(bool,uint40,uint40,uint32,uint16),(uint40,uint16)[],(uint16,uint40,uint40,uint40)[])"
)
MOVE: Final = "(uint8,uint40,uint40,uint40,uint40)"
PROBE: Final = "(uint8,uint256,uint40,uint32,bool,uint40)"
GROUPS: Final = f"({TERMS},{MOVE}[],uint16,{PROBE}[])[]"
SELECTOR: Final = keccak(f"answer({GROUPS})".encode())[:4]
ANSWERS: Final = "(bool,uint8,uint256)[][]"
GROUPS_PER_CALL: Final = 20

Asked = tuple[Series, tuple[Probe, ...]]


@dataclass(frozen=True)
class Rules:
    """A running Hardhat script that answers lines."""

    into: IO[str]
    out: IO[str]

    def ask(self, cases: Sequence[Case]) -> list[Answer]:
        """Return the contract's answers; neighbours of one Series share its document."""
        together = groupby(cases, key=lambda case: id(case.series))
        groups: list[Asked] = []
        for _, found in together:
            row = list(found)
            groups.append((row[0].series, tuple(case.probe for case in row)))
        answers: list[Answer] = []
        for start in range(0, len(groups), GROUPS_PER_CALL):
            answers += self._call(groups[start : start + GROUPS_PER_CALL])
        return answers

    def _call(self, groups: list[Asked]) -> list[Answer]:
        line = self._line((SELECTOR + encode([GROUPS], [[_group(g) for g in groups]])).hex())
        if line.startswith("0x"):
            (found,) = decode([ANSWERS], bytes.fromhex(line[2:]))
            return [
                Answer(allowed, str(CODES[probe.action][code]), amount)
                for (_, probes), rows in zip(groups, found, strict=True)
                for probe, (allowed, code, amount) in zip(probes, rows, strict=True)
            ]
        if len(groups) > 1:  # one of them broke the call: which?
            return [answer for group in groups for answer in self._call([group])]
        series, probes = groups[0]
        if len(probes) > 1:
            return [answer for probe in probes for answer in self._call([(series, (probe,))])]
        return [Answer(False, line, 0)]

    def _line(self, data: str) -> str:
        self.into.write(f"0x{data}\n")
        self.into.flush()
        return self.read()

    def read(self) -> str:
        """Return the next line that the script itself wrote, not Hardhat's talk before it."""
        seen = []
        for line in self.out:
            seen.append(line)
            if line.startswith(("0x", "refused: ", "ready")):
                return line.rstrip("\n")
        raise RuntimeError("Hardhat ended:\n" + "".join(seen))


@contextmanager
def running(
    node: str,
    contract: str = "RulesBatch",
    folder: Path = HARDHAT,
    profile: str = "default",
) -> Iterator[Rules]:
    """Give the compiled rules of `folder`; Hardhat compiles first, one process at a time."""
    settings = {"HARDHAT_DISABLE_TELEMETRY": "true", "NO_COLOR": "1", "CONTRACT": contract}
    if profile != "default":
        settings["HARDHAT_OUT"] = f"cache/{profile}"
    cli = "node_modules/hardhat/dist/src/cli.js"
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [node, cli, "run", "--build-profile", profile, "scripts/equality.ts"],
            cwd=folder,
            env=os.environ | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            rules = Rules(process.stdin, process.stdout)
            rules.read()
            fcntl.flock(lock, fcntl.LOCK_UN)  # compiled and read: others may compile now
            yield rules
        finally:
            # The venv's node is a wrapper in Python: ending it alone would leave Node running.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    finally:
        os.close(lock)


def _group(asked: Asked) -> tuple[object, ...]:
    series, probes = asked
    moves = [
        (move.index, move.opened_at, move.closes_at, move.doors_at, move.ends_at)
        for move in series.moves
    ]
    return (
        series_terms(
            series.terms, price_minor=series.price, currency_address=ETHER, ticketed=False
        ),
        moves,
        sum(1 << index for index in series.cancelled),
        [
            (
                ACTIONS.index(probe.action),
                probe.paid_back,
                probe.bought_at,
                probe.transfers,
                probe.to_self,
                probe.now,
            )
            for probe in probes
        ],
    )
