"""Python's `decide` and the compiled Solidity rules agree to the wei and to the second."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.equality.cases import ALL_CODES, read_case
from tests.contracts.equality.compare import Difference, Tally, compare, minimal
from tests.contracts.equality.faults import plant
from tests.contracts.equality.generator import cases
from tests.contracts.equality.solidity import HARDHAT, Rules, running
from tests.contracts.equality.vectors import published
from tests.judges.node import find_node

SEED = "the same in every run"
CASES = 20_000
RARELY = 100

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def node() -> str:
    found = find_node()
    if found is not None and (HARDHAT / "node_modules" / "hardhat").is_dir():
        return found
    verdict = "the rules cannot be compared: run `npm ci --ignore-scripts` in hardhat-local first"
    if os.environ.get("CI"):
        pytest.fail(verdict)
    pytest.skip(verdict)


@pytest.fixture(scope="module")
def rules(node: str) -> Iterator[Rules]:
    with running(node) as found:
        yield found


class TestEquality:
    def test_random_cases_get_equal_answers(self, rules: Rules) -> None:
        tally = Tally()

        different = compare(rules, list(cases(SEED, CASES)), tally)

        print(tally)
        assert not different, f"{len(different)} differ, such as\n{minimal(rules, different[0])}"
        rare = [code for code in ALL_CODES if tally.codes[code] < RARELY]
        assert not rare, f"hardly asked: {rare}\n{tally}"
        assert tally.codes.total() == CASES
        assert set(tally.codes) == set(ALL_CODES)
        assert tally.near >= CASES / 5

    def test_published_decisions_are_the_contracts_too(self, rules: Rules) -> None:
        asked = list(published())

        answers = rules.ask([case for case, _ in asked])

        different = [
            Difference(case, expected, answer)
            for (case, expected), answer in zip(asked, answers, strict=True)
            if expected != answer
        ]
        assert not different, f"{len(different)} differ, such as\n{different[0]}"
        assert len(asked) > 1_000

    def test_a_printed_case_is_the_same_case(self) -> None:
        for case in cases(SEED, 200):
            assert read_case(json.loads(json.dumps(case.to_json()))) == case


class TestPlantedFaults:
    def test_each_is_caught_with_a_small_case(self, node: str, tmp_path: Path) -> None:
        asked = list(cases(SEED, 2_000))

        for contract in plant(tmp_path):
            with running(node, contract, tmp_path) as faulty:
                different = compare(faulty, asked)
                assert different, f"not noticed: {contract}"
                found = minimal(faulty, different[0])

            print(f"{contract}: {len(different)} of {len(asked)} cases differ\n{found}\n")
            assert found.python != found.solidity
            assert len(found.case.series.terms.portions) <= 2
            assert len(found.case.series.terms.refund.steps) <= 1
